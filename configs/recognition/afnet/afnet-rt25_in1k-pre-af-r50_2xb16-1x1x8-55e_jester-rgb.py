# AFNet, RT = 0.25, on Jester (AFNet paper, Table 1).
_base_ = 'afnet-rt50_in1k-pre-af-r50_2xb16-1x1x8-55e_jester-rgb.py'

target_ratio = 0.25
model = dict(neck=dict(ratio_loss=dict(target_ratio=target_ratio)))
