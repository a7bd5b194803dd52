# Split after res2, without the pooled map (AK-Net paper, Table IV, row 5).
_base_ = 'aknet-tsm_in1k-pre-r50_8xb8-1x1x8-50e_sthv2-rgb.py'

model = dict(
    backbone=dict(select_stage=0), cls_head=dict(map_channels=256, concat_pooled=False)
)
