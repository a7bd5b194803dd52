# AK-Net over tsm_r50.py, split after res4 with 30 % of the cells as action keypoints
# (AK-Net paper, section IV-B).
num_classes = 174
# Channels of res2, res3 and res4 are 256, 512 and 1024.
select_stage = 2
map_channels = 1024
keypoint_ratio = 0.3

model = dict(
    type='Recognizer2D',
    backbone=dict(
        type='AKNet',
        select_stage=select_stage,
        keypoint_ratio=keypoint_ratio,
        # No weights of ImageNet: load_from of the recipe brings those of stage 1.
        base=dict(
            type='ResNetTSM',
            depth=50,
            num_segments=8,
            norm_eval=False,
            shift_div=8,
            pretrained=None,
            pretrained2d=False,
        ),
    ),
    cls_head=dict(
        type='AKHead',
        in_channels=2048,
        map_channels=map_channels,
        num_classes=num_classes,
        # Not in the paper: both as in tsm_r50.py.
        dropout_ratio=0.5,
        init_std=0.001,
        average_clips='prob',
    ),
    data_preprocessor=dict(
        type='ActionDataPreprocessor',
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
        format_shape='NCHW',
    ),
)
