# Split after res2, 50 % of the cells (AK-Net paper, Table VI).
_base_ = 'aknet-tsm_in1k-pre-r50_8xb8-1x1x8-50e_sthv2-rgb.py'

model = dict(
    backbone=dict(select_stage=0, keypoint_ratio=0.5),
    cls_head=dict(map_channels=256, concat_pooled=False, loss_sparsity=None),
)
