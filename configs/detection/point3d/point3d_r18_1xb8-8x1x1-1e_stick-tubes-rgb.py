# Centres, joints, time-wise attention and 3D Head.
_base_ = [
    '../../_base_/default_runtime.py',
    '../../_base_/models/point3d_r18.py',
    '../../_base_/datasets/stick_action_tubes.py',
    '../../_base_/schedules/point3d_light_1e.py',
]

default_hooks = dict(
    logger=dict(interval=50),
    checkpoint=dict(interval=1, max_keep_ckpts=2, save_best=None),
)
