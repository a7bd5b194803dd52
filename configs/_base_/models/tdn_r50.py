# TDN on ResNet-50 (arXiv 2012.10071), a host of AK-Net (AK-Net paper, section IV-A).
# A segment is five frames, stacked along the channels. Starts from weights
# of ImageNet.
num_classes = 174

model = dict(
    type='Recognizer2D',
    backbone=dict(
        type='ResNetTDN',
        depth=50,
        num_segments=8,
        frames_per_segment=5,
        # Weights of 2021 (torchvision's V1); MMEngine loads a URL itself.
        pretrained='https://download.pytorch.org/models/resnet50-0676ba61.pth',
    ),
    cls_head=dict(
        type='TSMHead',
        in_channels=2048,
        num_classes=num_classes,
        num_segments=8,
        # Not in the AK-Net paper: as in tsm_r50.py.
        dropout_ratio=0.5,
        init_std=0.001,
        average_clips='prob',
    ),
    data_preprocessor=dict(
        type='ActionDataPreprocessor',
        mean=[123.675, 116.28, 103.53] * 5,
        std=[58.395, 57.12, 57.375] * 5,
        # The decoders give RGB, and 15 channels cannot be swapped.
        to_rgb=False,
        format_shape='NCHW',
    ),
)
