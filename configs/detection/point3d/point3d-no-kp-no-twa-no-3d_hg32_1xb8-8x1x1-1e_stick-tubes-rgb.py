# Centres only.
_base_ = [
    '../../_base_/bfloat16_runtime.py',
    '../../_base_/models/point3d_hg32.py',
    '../../_base_/datasets/stick_action_tubes_centered.py',
    '../../_base_/schedules/point3d_light_1e.py',
]

# The heatmap of centres classifies the action.
model = dict(
    point_head=dict(num_classes=12, num_knots=0, knot_norm='actor'),
    twa=None,
    point_input='frame',
    clip_backbone=None,
    cls_head=None,
)
