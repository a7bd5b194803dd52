# AFNet-TSM, RT = 0.4, on Something-Something v1 (AFNet paper, Table 2).
_base_ = [
    '../../_base_/selection_runtime.py',
    '../../_base_/models/af_r50.py',
    '../../_base_/datasets/sthv1_1x1x12.py',
    '../../_base_/schedules/sgd_55e.py',
]

target_ratio = 0.4
model = dict(
    backbone=dict(num_segments=_base_.num_segments, with_shift=True),
    neck=dict(
        num_segments=_base_.num_segments, ratio_loss=dict(target_ratio=target_ratio)
    ),
    cls_head=dict(num_classes=174),
)
val_evaluator = [_base_.val_evaluator, dict(type='ComputeCostMetric')]
test_evaluator = val_evaluator
