# The baseline TSN on Something-Something v1 (AFNet paper, Table 1).
_base_ = [
    '../../_base_/default_runtime.py',
    'mmaction::_base_/models/tsn_r50.py',
    '../../_base_/datasets/sthv1_1x1x8.py',
    '../../_base_/schedules/sgd_55e.py',
]

num_classes = 174
# 32 videos on two GPUs: authors' code.
num_gpus = 2
batch_size = 16

model = dict(cls_head=dict(num_classes=num_classes, dropout_ratio=0.5, init_std=0.001))
train_dataloader = dict(batch_size=batch_size)
auto_scale_lr = dict(enable=False, base_batch_size=num_gpus * batch_size)
