# AK-Net over tdn_r50.py, else as aknet_tsm_r50.py.
_base_ = 'aknet_tsm_r50.py'

model = dict(
    backbone=dict(
        base=dict(
            _delete_=True,
            type='ResNetTDN',
            depth=50,
            num_segments=8,
            frames_per_segment=5,
            pretrained='torchvision://resnet50',
        )
    ),
    data_preprocessor=dict(
        mean=[123.675, 116.28, 103.53] * 5,
        std=[58.395, 57.12, 57.375] * 5,
        to_rgb=False,
    ),
)
