# AFNet, RT = 0.5, on ActivityNet (AFNet paper, Table 5).
_base_ = [
    '../../_base_/selection_runtime.py',
    '../../_base_/models/af_r50.py',
    '../../_base_/datasets/activitynet_1x1x12.py',
    '../../_base_/schedules/sgd_55e.py',
]

target_ratio = 0.5
model = dict(
    backbone=dict(num_segments=_base_.num_segments),
    neck=dict(
        num_segments=_base_.num_segments, ratio_loss=dict(target_ratio=target_ratio)
    ),
    cls_head=dict(num_classes=200),
)
val_evaluator = [_base_.val_evaluator, dict(type='ComputeCostMetric')]
test_evaluator = val_evaluator
