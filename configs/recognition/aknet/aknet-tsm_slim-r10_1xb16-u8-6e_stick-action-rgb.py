# Stage 2 with TSM, split after res4.
_base_ = [
    '../../_base_/short_runtime.py',
    '../../_base_/models/aknet_tsm_slim-r10.py',
    '../../_base_/datasets/stick_action_u8_2d.py',
    '../../_base_/schedules/adamw_onecycle_6e.py',
]

stage1 = 'tsm_slim-r10_1xb16-u8-6e_stick-action-rgb'
load_from = f'work_dirs/{stage1}/epoch_6.pth'
