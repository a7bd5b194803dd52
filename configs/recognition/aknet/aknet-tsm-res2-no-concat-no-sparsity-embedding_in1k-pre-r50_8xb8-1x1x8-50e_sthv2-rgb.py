# Table V of the AK-Net paper: a learnable embedding instead of the transform.
_base_ = 'aknet-tsm-res2_in1k-pre-r50_8xb8-1x1x8-50e_sthv2-rgb.py'

model = dict(
    backbone=dict(transform='embedding'),
    cls_head=dict(concat_pooled=False, loss_sparsity=None),
)
