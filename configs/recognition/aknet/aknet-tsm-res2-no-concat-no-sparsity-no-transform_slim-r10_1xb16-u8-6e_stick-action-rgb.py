# Table IV: 1D network and ranking.
_base_ = 'aknet-tsm_slim-r10_1xb16-u8-6e_stick-action-rgb.py'

model = dict(
    backbone=dict(select_stage=0, transform='none'),
    cls_head=dict(map_channels=16, concat_pooled=False, loss_sparsity=None),
)
