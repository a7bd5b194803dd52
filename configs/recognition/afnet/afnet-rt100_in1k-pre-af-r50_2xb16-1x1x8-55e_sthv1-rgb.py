# AFNet, RT = 1, on Something-Something v1 (AFNet paper, Table 1).
_base_ = 'afnet-rt50_in1k-pre-af-r50_2xb16-1x1x8-55e_sthv1-rgb.py'

target_ratio = 1.0
model = dict(neck=dict(ratio_loss=dict(target_ratio=target_ratio)))
