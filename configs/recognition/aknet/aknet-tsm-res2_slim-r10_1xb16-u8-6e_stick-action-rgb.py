# Split after res2, whose map has 16 channels: the split of Table IV.
_base_ = 'aknet-tsm_slim-r10_1xb16-u8-6e_stick-action-rgb.py'

model = dict(backbone=dict(select_stage=0), cls_head=dict(map_channels=16))
