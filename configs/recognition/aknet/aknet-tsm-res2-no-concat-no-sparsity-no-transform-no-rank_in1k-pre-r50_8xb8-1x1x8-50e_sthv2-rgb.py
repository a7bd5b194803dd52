# Table IV of the AK-Net paper, row 1: the 1D network alone; baseline of
# Table VI at alpha = 30 %.
_base_ = 'aknet-tsm-res2_in1k-pre-r50_8xb8-1x1x8-50e_sthv2-rgb.py'

model = dict(
    backbone=dict(rank='none', transform='none'),
    cls_head=dict(concat_pooled=False, loss_sparsity=None),
)
