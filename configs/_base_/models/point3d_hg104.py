# Point3D on Hourglass-104: two stacked hourglasses with 128 output channels at a
# stride of 4 (paper, sections 3.2 and 4.1). Needs MMDetection and mmcv with its
# operators.
num_classes = 21  # JHMDB, as in the paper's ablations
channels = 128
num_stacks = 2
# Not in the paper: the joints that JHMDB annotates; 0 for data without joints.
num_knots = 15
# Not in the paper: the width of the features.
mid_channels = 128
# Not in the paper.
cls_channels = 512
dropout_ratio = 0.5

model = dict(
    type='Point3D',
    backbone=dict(
        type='mmdet.HourglassNet', num_stacks=num_stacks, feat_channel=channels
    ),
    # Both stacks are supervised, as in CenterNet; the last one predicts. lambda_h,
    # lambda_s, lambda_o and lambda_d are the defaults of the head.
    point_head=dict(
        type='Point3DHead',
        in_channels=channels,
        mid_channels=mid_channels,
        num_knots=num_knots,
        num_stacks=num_stacks,
    ),
    # The paper's softmax of an unscaled Gram matrix (scale='none') is one-hot and
    # has no gradient at 128 x 64 x 64 values per frame; see the README.
    twa=dict(type='TimeWiseAttention', scale='cosine', tau=0.1),
    clip_backbone=dict(type='ResNeXt3d', depth=101, in_channels=channels),
    cls_head=dict(
        type='Point3DClsHead',
        in_channels=2048,
        mid_channels=cls_channels,
        num_classes=num_classes,
        dropout_ratio=dropout_ratio,
    ),
    # Not in the paper: lambda_loc and lambda_cls of Eq. 7.
    loss_weights=dict(loc=1.0, cls=1.0),
    data_preprocessor=dict(
        type='ActionDataPreprocessor',
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
        format_shape='NCTHW',
    ),
)
