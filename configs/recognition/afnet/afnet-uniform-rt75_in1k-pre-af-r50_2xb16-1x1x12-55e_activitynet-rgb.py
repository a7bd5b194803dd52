# Ablation (AFNet paper, Table 5): 0.75 of the frames, sampled in equal steps.
_base_ = 'afnet-rt50_in1k-pre-af-r50_2xb16-1x1x12-55e_activitynet-rgb.py'

target_ratio = 0.75
model = dict(
    backbone=dict(selection_cfg=dict(policy='uniform', ratio=target_ratio)),
    neck=dict(ratio_loss=None),
)
custom_hooks = _base_.custom_hooks[:-1]
