# AKViT over vit_b16.py. Our extension of AK-Net; it has no paper.
num_classes = 400
# Chosen here: five of twelve blocks see all tokens.
select_block = 4
# AK-Net's share of the cells (its paper, section IV-B).
keypoint_ratio = 0.3

model = dict(
    type='Recognizer3D',
    backbone=dict(
        type='AKViT',
        select_block=select_block,
        keypoint_ratio=keypoint_ratio,
        base=dict(type='VisionTransformer', num_frames=16),
    ),
    cls_head=dict(
        type='AKHead',
        in_channels=768,
        map_channels=768,
        num_classes=num_classes,
        # As in vit_b16.py.
        dropout_ratio=0.0,
        init_std=0.02,
        average_clips='prob',
    ),
    data_preprocessor=dict(
        type='ActionDataPreprocessor',
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
        format_shape='NCTHW',
    ),
)
