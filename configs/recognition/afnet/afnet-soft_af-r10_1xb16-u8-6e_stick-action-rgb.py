# AFNet with soft weights: every frame, weighted by its probability. Nothing is
# annealed.
_base_ = 'afnet-rt50_af-r10_1xb16-u8-6e_stick-action-rgb.py'

target_ratio = None
model = dict(
    backbone=dict(selection_cfg=dict(policy='soft')), neck=dict(ratio_loss=None)
)
custom_hooks = _base_.custom_hooks[:-1]
