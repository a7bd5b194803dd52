# AFNet with soft weights: every frame, weighed by its probability. There is
# nothing to anneal and no ratio to reach.
_base_ = 'afnet-rt50_af-r10_1xb16-u8-6e_stick-action-rgb.py'

target_ratio = None

model = dict(
    backbone=dict(selection_cfg=dict(policy='soft')), neck=dict(ratio_loss=None)
)
custom_hooks = [dict(type='DataCheckHook'), dict(type='SelectionRecordHook')]
