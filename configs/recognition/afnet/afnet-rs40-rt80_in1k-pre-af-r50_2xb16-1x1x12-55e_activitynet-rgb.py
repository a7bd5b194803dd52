# AFNet with region selection, RS = 0.4 and RT = 0.8, on ActivityNet (AFNet paper,
# Table 4). All blocks share one frame selection.
_base_ = 'afnet-rt50_in1k-pre-af-r50_2xb16-1x1x12-55e_activitynet-rgb.py'

target_ratio = 0.8
region_ratio = 0.4
model = dict(
    backbone=dict(selection_cfg=dict(placement='first'), spatial_cfg=dict()),
    neck=dict(
        ratio_loss=dict(target_ratio=target_ratio),
        spatial_loss=dict(type='SelectionRatioLoss', target_ratio=region_ratio),
    ),
)
