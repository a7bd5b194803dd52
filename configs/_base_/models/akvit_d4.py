# AKViT over vit_d4.py.
num_classes = 12
# The last two of four blocks see 30 % of the tokens (AK-Net's paper, section IV-B).
select_block = 1
keypoint_ratio = 0.3

model = dict(
    type='Recognizer3D',
    backbone=dict(
        type='AKViT',
        select_block=select_block,
        keypoint_ratio=keypoint_ratio,
        base=dict(
            type='VisionTransformer',
            img_size=64,
            patch_size=8,
            num_frames=8,
            tubelet_size=8,
            embed_dims=96,
            depth=4,
            num_heads=4,
            init_cfg=[
                dict(type='TruncNormal', layer='Linear', std=0.02, bias=0.0),
                dict(type='Constant', layer='LayerNorm', val=1.0, bias=0.0),
            ],
        ),
    ),
    cls_head=dict(
        type='AKHead',
        in_channels=96,
        map_channels=96,
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
        format_shape='NCTHW',
    ),
)
