# KPSEM on the 16 x 16 map of the small MFNet, everything else as the baseline.
_base_ = 'mfnet_mfnet10_1xb16-u8-6e_stick-action-rgb.py'

model = dict(
    backbone=dict(out_indices=(0, 1)),
    # `normalize`: shifts in raw cells drown the rest when training starts
    # from scratch.
    neck=dict(type='KPSEM', in_channels=32, normalize=True),
    # 64 of the pooled map beside 32 / 4 * (4 - 1) of the shifts.
    cls_head=dict(in_channels=64 + 24),
)
