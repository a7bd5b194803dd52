# Baseline that ignores the order of frames: their features are averaged.
_base_ = [
    '../../_base_/short_runtime.py',
    '../../_base_/models/tsn_r10.py',
    '../../_base_/datasets/stick_action_u8_2d.py',
    '../../_base_/schedules/adamw_cosine_6e.py',
]
