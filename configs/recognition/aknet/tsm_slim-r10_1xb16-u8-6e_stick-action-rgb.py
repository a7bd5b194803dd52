# Stage 1 with TSM.
_base_ = [
    '../../_base_/short_runtime.py',
    '../../_base_/models/tsm_slim-r10.py',
    '../../_base_/datasets/stick_action_u8_2d.py',
    '../../_base_/schedules/adamw_onecycle_6e.py',
]
