# A small R3D ("every kernel 1 x k x k", KPSEM paper, section 4.4) that trains
# on a CPU: a stem of stride 2, two stages of two basic blocks with 16 x 16
# and 8 x 8 cells for frames of 64 x 64 pixels. Chosen here, not in a paper.
num_classes = 12

model = dict(
    type='Recognizer3D',
    backbone=dict(
        type='ResNet3d',
        depth=18,
        pretrained2d=False,
        num_stages=2,
        base_channels=32,
        spatial_strides=(2, 2),
        temporal_strides=(1, 1),
        dilations=(1, 1),
        out_indices=(1,),
        conv1_kernel=(1, 3, 3),
        with_pool1=False,
        with_pool2=False,
        inflate=(0, 0),
        zero_init_residual=False,
    ),
    cls_head=dict(
        type='I3DHead',
        in_channels=64,
        num_classes=num_classes,
        dropout_ratio=0.0,
        # As in a plain linear layer. With the head's default, 0.01, the stages
        # below it do not learn during the first two or three epochs.
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
