# Centres, joints, time-wise attention and 3D head.
_base_ = [
    '../../_base_/short_runtime.py',
    '../../_base_/models/point3d_r18.py',
    '../../_base_/datasets/stick_action_tubes.py',
    '../../_base_/schedules/point3d_light_1e.py',
]
