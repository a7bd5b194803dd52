# VideoMAE's ViT-B, as in MMAction2, for 16 frames of 224 x 224 pixels in 8 x 14 x 14
# tokens (arXiv 2203.12602).
num_classes = 400

model = dict(
    type='Recognizer3D',
    backbone=dict(type='VisionTransformer', num_frames=16),
    cls_head=dict(
        type='TimeSformerHead',
        in_channels=768,
        num_classes=num_classes,
        average_clips='prob',
    ),
    data_preprocessor=dict(
        type='ActionDataPreprocessor',
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
        format_shape='NCTHW',
    ),
)
