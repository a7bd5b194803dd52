# AFNet-TSM on MobileNetV3, RT = 0.4, on Something-Something v1 (AFNet paper, Table 2).
_base_ = [
    '../../_base_/selection_runtime.py',
    '../../_base_/models/af_mbv3.py',
    '../../_base_/datasets/sthv1_1x1x12.py',
    '../../_base_/schedules/sgd_55e_mbv3.py',
]

target_ratio = 0.4
model = dict(
    neck=dict(ratio_loss=dict(target_ratio=target_ratio)),
    cls_head=dict(num_classes=174),
)
val_evaluator = [_base_.val_evaluator, dict(type='ComputeCostMetric')]
test_evaluator = val_evaluator
