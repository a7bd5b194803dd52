# Centres only.
_base_ = 'point3d_r18_1xb8-8x1x1-1e_stick-tubes-rgb.py'

# The heatmap of centres classifies the action.
model = dict(
    point_head=dict(num_classes=12, num_knots=0, knot_norm='actor'),
    twa=None,
    clip_backbone=None,
    cls_head=None,
)
