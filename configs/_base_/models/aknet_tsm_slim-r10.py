# AK-Net over tsm_slim-r10.py.
num_classes = 12
num_segments = 8
# Split after res4, whose map has 64 channels. The paper keeps 30 % of the cells.
select_stage = 2
map_channels = 64
keypoint_ratio = 0.3

model = dict(
    type='Recognizer2D',
    backbone=dict(
        type='AKNet',
        select_stage=select_stage,
        keypoint_ratio=keypoint_ratio,
        base=dict(
            type='SlimResNetTSM',
            depth=10,
            base_channels=16,
            strides=(1, 1, 2, 2),
            num_segments=num_segments,
        ),
    ),
    cls_head=dict(
        type='AKHead',
        in_channels=128,
        map_channels=map_channels,
        num_classes=num_classes,
        dropout_ratio=0.0,
        init_std=0.07,
        label_smooth_eps=0.05,
        average_clips='prob',
    ),
    data_preprocessor=dict(
        type='ActionDataPreprocessor',
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
        format_shape='NCHW',
    ),
)
