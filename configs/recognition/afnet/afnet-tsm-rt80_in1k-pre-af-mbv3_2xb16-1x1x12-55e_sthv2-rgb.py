# AFNet-TSM on MobileNetV3, RT = 0.8, on Something-Something v2 (AFNet paper, Table 2).
_base_ = 'afnet-tsm-rt40_in1k-pre-af-mbv3_2xb16-1x1x12-55e_sthv2-rgb.py'

target_ratio = 0.8
model = dict(neck=dict(ratio_loss=dict(target_ratio=target_ratio)))
