# Table IV: points ranked, with the sparsity term.
_base_ = 'aknet-tsm-res2-no-concat_slim-r10_1xb16-u8-6e_stick-action-rgb.py'

model = dict(backbone=dict(transform='none'))
