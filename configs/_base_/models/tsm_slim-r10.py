# A small TSM that trains on a CPU: a ResNet of four basic blocks with a quarter of
# the width, on 16 x 16, 16 x 16, 8 x 8 and 4 x 4 cells for frames of 64 x 64 pixels.
# Chosen here, not in a paper.
num_classes = 12
num_segments = 8

model = dict(
    type='Recognizer2D',
    backbone=dict(
        type='SlimResNetTSM',
        depth=10,
        base_channels=16,
        strides=(1, 1, 2, 2),
        num_segments=num_segments,
    ),
    cls_head=dict(
        type='TSMHead',
        in_channels=128,
        num_classes=num_classes,
        num_segments=num_segments,
        dropout_ratio=0.0,
        # As in a plain linear layer. With the head's default, 0.001, the stages
        # below it do not learn during the first epochs.
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
