# AFNet, RT = 0.4, on Mini-Kinetics (AFNet paper, Table 3).
_base_ = [
    '../../_base_/selection_runtime.py',
    '../../_base_/models/af_r50.py',
    '../../_base_/datasets/minikinetics121k_1x1x8.py',
    '../../_base_/schedules/sgd_55e.py',
]

target_ratio = 0.4
model = dict(
    neck=dict(ratio_loss=dict(target_ratio=target_ratio)),
    cls_head=dict(num_classes=200),
)
val_evaluator = [_base_.val_evaluator, dict(type='ComputeCostMetric')]
test_evaluator = val_evaluator
