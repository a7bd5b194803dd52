# Ablation (AFNet paper, Table 5): every frame, 0.25 of its regions, at random.
_base_ = 'afnet-rt50_in1k-pre-af-r50_2xb16-1x1x12-55e_activitynet-rgb.py'

target_ratio = None
region_ratio = 0.25
model = dict(
    backbone=dict(
        selection_cfg=dict(policy='all'),
        spatial_cfg=dict(policy='random', ratio=region_ratio),
    ),
    neck=dict(
        ratio_loss=None,
        spatial_loss=dict(type='SelectionRatioLoss', target_ratio=region_ratio),
    ),
)
custom_hooks = _base_.custom_hooks[:-1]
