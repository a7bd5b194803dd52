# Baseline that uses the order of frames: MFNet's kernels span three of them.
_base_ = [
    '../../_base_/short_runtime.py',
    '../../_base_/models/mfnet10.py',
    '../../_base_/datasets/stick_action_u8.py',
    '../../_base_/schedules/adamw_onecycle_6e.py',
]
