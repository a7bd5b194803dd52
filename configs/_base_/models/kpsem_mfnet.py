# MF-KPSEM (KPSEM paper, section 4.1): K = 4 regions, G = 8 sets and d_e = 24 on conv4
# (384 x 8 x 14 x 14). Weights and data scale: see mfnet.py.
num_classes = 400
pretrained = 'checkpoints/mfnet_k400.pth'
num_regions = 4
num_sets = 8
embed_dims = 24

model = dict(
    type='Recognizer3D',
    backbone=dict(
        type='MFNet',
        out_indices=(2, 3),
        init_cfg=dict(type='Pretrained', checkpoint=pretrained, prefix='backbone.'),
    ),
    neck=dict(
        type='KPSEM',
        in_channels=384,
        num_regions=num_regions,
        num_sets=num_sets,
        embed_dims=embed_dims,
    ),
    cls_head=dict(
        type='I3DHead',
        # 768 of conv5, and 384 / 4 * (8 - 1) of the shifts.
        in_channels=768 + 672,
        num_classes=num_classes,
        # Not in the KPSEM paper: no dropout.
        dropout_ratio=0.0,
        average_clips='prob',
    ),
    data_preprocessor=dict(
        type='ActionDataPreprocessor',
        mean=[124.0, 117.0, 104.0],
        std=[59.88, 59.88, 59.88],
        format_shape='NCTHW',
    ),
)
