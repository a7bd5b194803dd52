# Stage 1 with TDN.
_base_ = [
    '../../_base_/short_runtime.py',
    '../../_base_/models/tdn_slim-r10.py',
    '../../_base_/datasets/stick_action_u8x5_2d.py',
    '../../_base_/schedules/adamw_onecycle_6e.py',
]
