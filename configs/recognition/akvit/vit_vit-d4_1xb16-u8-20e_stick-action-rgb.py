# Stage 1: the plain transformer.
_base_ = [
    '../../_base_/short_runtime.py',
    '../../_base_/models/vit_d4.py',
    '../../_base_/datasets/stick_action_u8_crop.py',
    '../../_base_/schedules/adamw_onecycle_20e.py',
]
