# AFNet, RT = 0.8, on Mini-Kinetics (AFNet paper, Table 3).
_base_ = 'afnet-rt40_in1k-pre-af-r50_2xb16-1x1x8-55e_minikinetics121k-rgb.py'

target_ratio = 0.8
model = dict(neck=dict(ratio_loss=dict(target_ratio=target_ratio)))
