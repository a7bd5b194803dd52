# Ablation (Table 5): every frame, a share of 0.25 of its regions,
# around the centre.
_base_ = 'afnet-rs25_in1k-pre-af-r50_2xb16-1x1x12-55e_activitynet-rgb.py'

model = dict(
    backbone=dict(spatial_cfg=dict(policy='center', ratio=_base_.region_ratio))
)
custom_hooks = [dict(type='DataCheckHook'), dict(type='SelectionRecordHook')]
