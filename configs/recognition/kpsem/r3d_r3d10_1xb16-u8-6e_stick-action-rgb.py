# Baseline that ignores the order of frames: its kernels span one frame.
_base_ = [
    '../../_base_/short_runtime.py',
    '../../_base_/models/r3d10.py',
    '../../_base_/datasets/stick_action_u8.py',
    '../../_base_/schedules/adamw_onecycle_6e.py',
]
