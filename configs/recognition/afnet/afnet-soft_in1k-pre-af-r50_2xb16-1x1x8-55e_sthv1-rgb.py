# AFNet with soft weights on Something-Something v1 (AFNet paper, Table 1): every
# frame, weighted by its probability. Nothing is annealed.
_base_ = 'afnet-rt50_in1k-pre-af-r50_2xb16-1x1x8-55e_sthv1-rgb.py'

target_ratio = None
model = dict(
    backbone=dict(selection_cfg=dict(policy='soft')), neck=dict(ratio_loss=None)
)
custom_hooks = _base_.custom_hooks[:-1]
