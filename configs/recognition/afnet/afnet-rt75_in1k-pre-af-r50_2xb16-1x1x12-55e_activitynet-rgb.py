# AFNet, RT = 0.75, on ActivityNet (AFNet paper, Table 5).
_base_ = 'afnet-rt50_in1k-pre-af-r50_2xb16-1x1x12-55e_activitynet-rgb.py'

target_ratio = 0.75
model = dict(neck=dict(ratio_loss=dict(target_ratio=target_ratio)))
