# The baseline: blind to the order of frames, since no kernel spans two.
_base_ = [
    '../../_base_/default_runtime.py',
    '../../_base_/models/r3d10.py',
    '../../_base_/datasets/stick_action_u8.py',
    '../../_base_/schedules/adamw_onecycle_6e.py',
]

default_hooks = dict(
    logger=dict(interval=50),
    checkpoint=dict(interval=1, max_keep_ckpts=2, save_best=None),
)
