# A plain ResNet of bottlenecks at about the cost of af_r10.py: AFResNet with a single
# branch that computes every frame. MMAction2's ResNet does not offer this width.
num_classes = 12
num_segments = 8

model = dict(
    type='Recognizer2D',
    backbone=dict(
        type='AFResNet',
        num_segments=num_segments,
        selection_cfg=dict(policy='all'),
        arch_cfg=dict(
            stage_blocks=(3, 3),
            base_channels=16,
            strides=(1, 2),
            two_branches=False,
            stem_kernel=3,
        ),
        out_indices=(1,),
    ),
    neck=dict(type='FrameSelectionNeck', num_segments=num_segments, log_blocks=False),
    cls_head=dict(
        type='TSNHead',
        in_channels=128,
        num_classes=num_classes,
        dropout_ratio=0.0,
        # As in a plain linear layer. With the head's default, 0.01, the stages
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
