# AFNet-TSM on MobileNetV3 (AFNet paper, Table 2; the network is not in the text, its
# sizes are those of the authors' code). Weights: see af_r50.py.
num_classes = 400
pretrained = 'checkpoints/af_mbv3_in1k.pth'

model = dict(
    type='Recognizer2D',
    backbone=dict(
        type='AFMobileNetV3',
        # A recipe with another number of frames sets this and the neck's.
        num_segments=12,
        init_cfg=dict(type='Pretrained', checkpoint=pretrained, prefix='backbone.'),
    ),
    neck=dict(
        type='FrameSelectionNeck',
        num_segments=12,
        ratio_loss=dict(type='SelectionRatioLoss', target_ratio=0.5),
    ),
    cls_head=dict(
        type='TSNHead',
        in_channels=1280,
        num_classes=num_classes,
        # Not in the text: both from the authors' code.
        dropout_ratio=0.5,
        init_std=0.01,
        average_clips='prob',
    ),
    data_preprocessor=dict(
        type='ActionDataPreprocessor',
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
        format_shape='NCHW',
    ),
)
