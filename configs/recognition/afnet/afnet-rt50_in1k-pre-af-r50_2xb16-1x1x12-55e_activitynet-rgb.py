# AFNet, RT = 0.5, on ActivityNet (AFNet paper, Table 5).
_base_ = [
    '../../_base_/selection_runtime.py',
    '../../_base_/models/af_r50.py',
    '../../_base_/datasets/activitynet_1x1x12.py',
    '../../_base_/schedules/sgd_55e.py',
]

num_segments = _base_.num_segments
num_classes = 200
target_ratio = 0.5
# 32 videos on two GPUs: authors' code.
num_gpus = 2
batch_size = 16

model = dict(
    backbone=dict(num_segments=num_segments),
    neck=dict(num_segments=num_segments, ratio_loss=dict(target_ratio=target_ratio)),
    cls_head=dict(num_classes=num_classes),
)
train_dataloader = dict(batch_size=batch_size)
val_evaluator = [_base_.val_evaluator, dict(type='ComputeCostMetric')]
test_evaluator = val_evaluator
auto_scale_lr = dict(enable=False, base_batch_size=num_gpus * batch_size)
