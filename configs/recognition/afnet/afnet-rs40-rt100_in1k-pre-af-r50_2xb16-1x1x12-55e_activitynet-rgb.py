# AFNet, RS = 0.4 and RT = 1, on ActivityNet (AFNet paper, Fig. 4).
_base_ = 'afnet-rs40-rt80_in1k-pre-af-r50_2xb16-1x1x12-55e_activitynet-rgb.py'

target_ratio = 1.0

model = dict(neck=dict(ratio_loss=dict(target_ratio=target_ratio)))
