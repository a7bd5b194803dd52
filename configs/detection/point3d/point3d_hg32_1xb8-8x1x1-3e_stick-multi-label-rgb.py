# Several actors in a frame, each with one or two of 14 actions: the 3D head classifies
# boxes, as on AVA. There are no joints.
_base_ = [
    '../../_base_/short_runtime.py',
    '../../_base_/models/point3d_hg32.py',
    '../../_base_/datasets/stick_action_multi_label.py',
    '../../_base_/schedules/point3d_light_3e.py',
]

custom_hooks = [*_base_.custom_hooks, dict(type='AutocastHook')]
num_classes = 14
num_knots = 0
# 8 x 8 cells of 64 x 64 pixels: a cell is 8 pixels wide, an actor about 17 x 32.
cells = dict(cls_mode='actor', multi_label=True, featmap_stride=8, clip_label='any')
model = dict(
    point_head=dict(num_knots=num_knots, knot_norm='actor'),
    clip_backbone=dict(stage_strides=(1, 1, 1)),
    cls_head=dict(num_classes=num_classes, **cells),
    test_cfg=dict(box_format='ava'),
)
del cells
