# Split after res3 instead of res4 (AK-Net paper, Fig. 5).
_base_ = 'aknet-tsm_in1k-pre-r50_8xb8-1x1x8-50e_sthv2-rgb.py'

model = dict(backbone=dict(select_stage=1), cls_head=dict(map_channels=512))
