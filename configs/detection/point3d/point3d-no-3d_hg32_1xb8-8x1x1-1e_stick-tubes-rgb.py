# Centres, joints and time-wise attention.
_base_ = [
    '../../_base_/short_runtime.py',
    '../../_base_/models/point3d_hg32.py',
    '../../_base_/datasets/stick_action_tubes_centered.py',
    '../../_base_/schedules/point3d_light_1e.py',
]

custom_hooks = [*_base_.custom_hooks, dict(type='AutocastHook', channels_last=True)]
# The heatmap of centres classifies the action.
model = dict(point_head=dict(num_classes=12), clip_backbone=None, cls_head=None)
