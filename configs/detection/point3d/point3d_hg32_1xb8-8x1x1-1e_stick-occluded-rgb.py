# Two actors who cross or touch, with joints.
_base_ = [
    '../../_base_/bfloat16_runtime.py',
    '../../_base_/models/point3d_hg32.py',
    '../../_base_/datasets/stick_action_occluded.py',
    '../../_base_/schedules/point3d_light_1e.py',
]

num_classes = 10
model = dict(cls_head=dict(num_classes=num_classes))
