# AFNet, RT = 0.5, with the temporal shift.
_base_ = 'afnet-rt50_af-r10_1xb16-u8-6e_stick-action-rgb.py'

model = dict(backbone=dict(with_shift=True))
