# Table VI of the AK-Net paper, baseline: 50 % of the cells.
_base_ = 'aknet-tsm-res2_in1k-pre-r50_8xb8-1x1x8-50e_sthv2-rgb.py'

model = dict(
    backbone=dict(keypoint_ratio=0.5, rank='none', transform='none'),
    cls_head=dict(concat_pooled=False, loss_sparsity=None),
)
