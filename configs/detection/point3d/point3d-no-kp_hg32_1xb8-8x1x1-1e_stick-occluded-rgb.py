# Without joints.
_base_ = [
    '../../_base_/bfloat16_runtime.py',
    '../../_base_/models/point3d_hg32.py',
    '../../_base_/datasets/stick_action_occluded.py',
    '../../_base_/schedules/point3d_light_1e.py',
]

num_classes = 10
model = dict(
    point_head=dict(num_knots=0, knot_norm='actor'),
    cls_head=dict(num_classes=num_classes),
)
