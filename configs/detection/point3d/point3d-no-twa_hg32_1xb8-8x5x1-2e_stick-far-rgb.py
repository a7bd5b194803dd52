# Without time-wise attention.
_base_ = [
    '../../_base_/bfloat16_runtime.py',
    '../../_base_/models/point3d_hg32.py',
    '../../_base_/datasets/stick_action_far.py',
    '../../_base_/schedules/point3d_light_2e.py',
]

num_classes = 8
model = dict(twa=None, point_input='frame', cls_head=dict(num_classes=num_classes))
