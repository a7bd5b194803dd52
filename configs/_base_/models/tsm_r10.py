# tsn_r10.py with the temporal shift in every block.
_base_ = 'tsn_r10.py'

model = dict(backbone=dict(with_shift=True))
