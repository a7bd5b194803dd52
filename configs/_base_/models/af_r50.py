# AFNet on ResNet-50 (AFNet paper, sections 3 and 4). The ImageNet weights come from
# afnet_af-r50_8xb32-1x1x1-100e_in1k-rgb.py or are the authors' weights, converted
# by `mmvkp weights afnet`. To train from scratch, set the backbone's init_cfg to
# None.
num_classes = 400
pretrained = 'checkpoints/af_r50_in1k.pth'

model = dict(
    type='Recognizer2D',
    backbone=dict(
        type='AFResNet',
        depth=50,
        # A recipe with another number of frames sets this and the neck's.
        num_segments=8,
        init_cfg=dict(type='Pretrained', checkpoint=pretrained, prefix='backbone.'),
    ),
    neck=dict(
        type='FrameSelectionNeck',
        num_segments=8,
        ratio_loss=dict(type='SelectionRatioLoss', target_ratio=0.5),
    ),
    cls_head=dict(
        type='TSNHead',
        in_channels=2048,
        num_classes=num_classes,
        # Not in the text: both from the authors' code.
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
