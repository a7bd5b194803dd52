# Baseline TSN on Something-Something v1 (AFNet paper, Table 1).
_base_ = [
    '../../_base_/default_runtime.py',
    'mmaction::_base_/models/tsn_r50.py',
    '../../_base_/datasets/sthv1_1x1x8.py',
    '../../_base_/schedules/sgd_55e.py',
]

model = dict(cls_head=dict(num_classes=174, dropout_ratio=0.5, init_std=0.001))
