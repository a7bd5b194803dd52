# The baseline: blind to the order of frames, which meet in their mean alone.
_base_ = [
    '../../_base_/default_runtime.py',
    '../../_base_/models/tsn_r10.py',
    '../../_base_/datasets/stick_action_u8_2d.py',
    '../../_base_/schedules/adamw_cosine_6e.py',
]

default_hooks = dict(
    logger=dict(interval=50),
    checkpoint=dict(interval=1, max_keep_ckpts=2, save_best=None),
)
