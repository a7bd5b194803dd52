# A baseline that is not blind to the order of frames: MFNet's kernels span
# three of them.
_base_ = [
    '../../_base_/default_runtime.py',
    '../../_base_/models/mfnet10.py',
    '../../_base_/datasets/stick_action_u8.py',
    '../../_base_/schedules/adamw_onecycle_6e.py',
]

default_hooks = dict(
    logger=dict(interval=50),
    checkpoint=dict(interval=1, max_keep_ckpts=2, save_best=None),
)
