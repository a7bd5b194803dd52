# Stage 1 on Something-Something v2: the plain transformer, from the public weights of
# VideoMAE-B on Kinetics-400 in MMAction2, without their classifier.
_base_ = [
    '../../_base_/default_runtime.py',
    '../../_base_/models/vit_b16.py',
    '../../_base_/datasets/sthv2_u16.py',
    '../../_base_/schedules/adamw_cosine_30e.py',
]

weights = 'https://download.openmmlab.com/mmaction/v1.0/recognition/videomae'
checkpoint = (
    f'{weights}/vit-base-p16_videomae-k400-pre_16x4x1_kinetics-400_'
    '20221013-860a3cd3.pth'
)
model = dict(
    backbone=dict(
        init_cfg=dict(type='Pretrained', checkpoint=checkpoint, prefix='backbone.')
    ),
    cls_head=dict(num_classes=174),
)
