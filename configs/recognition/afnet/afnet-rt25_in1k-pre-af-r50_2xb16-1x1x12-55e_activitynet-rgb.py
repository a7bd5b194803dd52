# AFNet, RT = 0.25, on ActivityNet (AFNet paper, Table 5).
_base_ = 'afnet-rt50_in1k-pre-af-r50_2xb16-1x1x12-55e_activitynet-rgb.py'

target_ratio = 0.25
model = dict(neck=dict(ratio_loss=dict(target_ratio=target_ratio)))
