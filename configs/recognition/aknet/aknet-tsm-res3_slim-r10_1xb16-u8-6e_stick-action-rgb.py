# Split after res3, whose map has 32 channels.
_base_ = 'aknet-tsm_slim-r10_1xb16-u8-6e_stick-action-rgb.py'

model = dict(backbone=dict(select_stage=1), cls_head=dict(map_channels=32))
