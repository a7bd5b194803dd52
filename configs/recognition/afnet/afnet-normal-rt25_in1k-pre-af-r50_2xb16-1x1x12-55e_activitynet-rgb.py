# Ablation (AFNet paper, Table 5): 0.25 of the frames, sampled by the normal density.
_base_ = 'afnet-rt50_in1k-pre-af-r50_2xb16-1x1x12-55e_activitynet-rgb.py'

target_ratio = 0.25
model = dict(
    backbone=dict(selection_cfg=dict(policy='normal', ratio=target_ratio)),
    neck=dict(ratio_loss=None),
)
custom_hooks = _base_.custom_hooks[:-1]
