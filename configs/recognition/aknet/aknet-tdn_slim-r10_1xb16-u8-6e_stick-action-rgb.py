# Stage 2 with TDN, cut behind res4.
_base_ = [
    '../../_base_/default_runtime.py',
    '../../_base_/models/aknet_tdn_slim-r10.py',
    '../../_base_/datasets/stick_action_u8x5_2d.py',
    '../../_base_/schedules/adamw_onecycle_6e.py',
]

stage1 = 'tdn_slim-r10_1xb16-u8-6e_stick-action-rgb'
load_from = f'work_dirs/{stage1}/epoch_6.pth'
default_hooks = dict(
    logger=dict(interval=50),
    checkpoint=dict(interval=1, max_keep_ckpts=2, save_best=None),
)
