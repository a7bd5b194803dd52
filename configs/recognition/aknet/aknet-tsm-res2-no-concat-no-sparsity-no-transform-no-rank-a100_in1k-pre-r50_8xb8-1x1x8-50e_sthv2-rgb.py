# Baseline, split after res2, 100 % of the cells (AK-Net paper, Table VI).
_base_ = 'aknet-tsm_in1k-pre-r50_8xb8-1x1x8-50e_sthv2-rgb.py'

model = dict(
    backbone=dict(select_stage=0, keypoint_ratio=1.0, rank='none', transform='none'),
    cls_head=dict(map_channels=256, concat_pooled=False, loss_sparsity=None),
)
