# A small AFNet that trains on a CPU: a stem of stride 4 and two AF modules,
# each with two focal blocks (M = 4 masks), on 16 x 16 and 8 x 8 cells for
# frames of 64 x 64 pixels. Chosen here, not in a paper.
num_classes = 12
num_segments = 8
# RT: the share of frames that focal blocks keep.
target_ratio = 0.5
# Chosen for a training of 900 iterations: with the authors' 10 and a weight of
# 0.5 / M the modules do not leave their initial state.
keep_bias = 3.0
ratio_loss_weight = 2.0

model = dict(
    type='Recognizer2D',
    backbone=dict(
        type='AFResNet',
        num_segments=num_segments,
        selection_cfg=dict(keep_bias=keep_bias),
        arch_cfg=dict(
            stage_blocks=(3, 3), base_channels=16, strides=(2, 1), stem_kernel=3
        ),
        out_indices=(1,),
    ),
    neck=dict(
        type='FrameSelectionNeck',
        num_segments=num_segments,
        ratio_loss=dict(
            type='SelectionRatioLoss',
            target_ratio=target_ratio,
            loss_weight=ratio_loss_weight,
        ),
    ),
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
