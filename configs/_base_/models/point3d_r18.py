# A Point3D that trains on a CPU: three stages of MMDetection's ResNet-18, with 24
# instead of 64 channels in the first, and CenterNet's neck in place of Hourglass-104,
# and a small 3D head. Chosen here, not in a paper. Needs MMDetection and mmcv with
# its operators.
num_classes = 12
num_knots = 15
channels = 32
base_channels = 24

model = dict(
    type='Point3D',
    backbone=dict(
        type='mmdet.ResNet',
        depth=18,
        base_channels=base_channels,
        norm_eval=False,
        norm_cfg=dict(type='BN'),
        num_stages=3,
        # Total stride 8 instead of 16: at 16, frames of 64 pixels become 4 x 4
        # cells, too coarse for the neck, whose only input is this map.
        strides=(1, 2, 1),
        dilations=(1, 1, 1),
        out_indices=(0, 1, 2),
    ),
    neck=dict(
        type='mmdet.CTResNetNeck',
        in_channels=4 * base_channels,
        num_deconv_filters=(channels,),
        num_deconv_kernels=(4,),
        use_dcn=False,
    ),
    point_head=dict(
        type='Point3DHead',
        in_channels=channels,
        mid_channels=channels,
        num_knots=num_knots,
        # Divided by the number of visible joints. Divided by the number of
        # actors (Eq. 1) the joints weigh 15 times as much and the centres are
        # learned late.
        knot_norm='joint',
        # Five times CenterNet's weight: actors are a few cells wide here, so half
        # a cell changes the overlap considerably.
        loss_cfg=dict(loss_wh=dict(loss_weight=0.5)),
    ),
    # The paper's softmax of an unscaled Gram matrix is one-hot and has no gradient;
    # see TimeWiseAttention.
    twa=dict(type='TimeWiseAttention', scale='cosine', tau=0.1),
    clip_backbone=dict(
        type='ResNeXt3d',
        in_channels=channels,
        stage_blocks=(1, 1, 1),
        base_channels=32,
        cardinality=8,
        stage_strides=(1, 2, 2),
    ),
    cls_head=dict(
        type='Point3DClsHead',
        in_channels=256,
        mid_channels=128,
        num_classes=num_classes,
        dropout_ratio=0.0,
        # As in a plain linear layer. With the head's default, 0.01, the layers
        # below it do not learn during the first epochs.
        init_cfg=[
            dict(type='Kaiming', layer='Conv3d'),
            dict(type='Normal', layer='Linear', std=0.07),
        ],
    ),
    test_cfg=dict(max_per_frame=20),
    data_preprocessor=dict(
        type='ActionDataPreprocessor',
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
        format_shape='NCTHW',
    ),
)
