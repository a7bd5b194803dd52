# Baseline with the temporal shift.
_base_ = 'tsn_r10_1xb16-u8-6e_stick-action-rgb.py'

model = dict(backbone=dict(with_shift=True))
