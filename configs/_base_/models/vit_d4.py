# A small VideoMAE network (ViT) that trains on a CPU: four blocks of 96 channels on
# 8 x 8 tokens, each of all 8 frames, for clips of 64 x 64 pixels. Chosen here, not in a
# paper: with tubelets of two frames it did not learn StickAction in 12 epochs.
num_classes = 12

model = dict(
    type='Recognizer3D',
    backbone=dict(
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
    cls_head=dict(
        type='TimeSformerHead',
        in_channels=96,
        num_classes=num_classes,
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
