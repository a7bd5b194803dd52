# point3d_hg32.py for several actors in a frame, each with one or more of 14 actions:
# the 3D head classifies boxes, as on AVA. There are no joints.
_base_ = 'point3d_hg32.py'

num_classes = 14
num_knots = 0

model = dict(
    point_head=dict(num_knots=num_knots, knot_norm='actor'),
    # 8 x 8 cells of 64 x 64 pixels: a cell is 8 pixels wide, an actor about 17 x 32.
    clip_backbone=dict(stage_strides=(1, 1, 1)),
    cls_head=dict(
        num_classes=num_classes,
        cls_mode='actor',
        multi_label=True,
        featmap_stride=8,
        clip_label='any',
    ),
    test_cfg=dict(box_format='ava'),
)
