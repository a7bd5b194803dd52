# KPSEM on the 16 x 16 map of the small MFNet; the rest is that of the baseline.
_base_ = [
    '../../_base_/short_runtime.py',
    '../../_base_/models/mfnet10.py',
    '../../_base_/datasets/stick_action_u8.py',
    '../../_base_/schedules/adamw_onecycle_6e.py',
]

model = dict(
    backbone=dict(out_indices=(0, 1)),
    # In a training from scratch, shifts in raw cells dominate the other features.
    neck=dict(type='KPSEM', in_channels=32, normalize=True),
    # 64 of the pooled map, and 32 / 4 * (4 - 1) of the shifts.
    cls_head=dict(in_channels=64 + 24),
)
