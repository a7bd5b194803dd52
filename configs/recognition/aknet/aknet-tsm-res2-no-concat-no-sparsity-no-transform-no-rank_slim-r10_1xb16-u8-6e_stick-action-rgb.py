# Table IV: points as the scores order them.
_base_ = 'aknet-tsm-res2-no-concat-no-sparsity-no-transform_slim-r10_1xb16-u8-6e_stick-action-rgb.py'  # noqa: E501

model = dict(backbone=dict(rank='none'))
