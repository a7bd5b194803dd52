# AFNet, RT = 0.5, on Something-Something v1 (AFNet paper, Table 1).
_base_ = [
    '../../_base_/selection_runtime.py',
    '../../_base_/models/af_r50.py',
    '../../_base_/datasets/sthv1_1x1x8.py',
    '../../_base_/schedules/sgd_55e.py',
]

target_ratio = 0.5
model = dict(
    neck=dict(ratio_loss=dict(target_ratio=target_ratio)),
    cls_head=dict(num_classes=174),
)
val_evaluator = [_base_.val_evaluator, dict(type='ComputeCostMetric')]
test_evaluator = val_evaluator
