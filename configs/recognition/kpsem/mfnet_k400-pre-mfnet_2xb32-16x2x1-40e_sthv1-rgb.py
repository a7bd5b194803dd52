# MFNet on Something-Something v1.
_base_ = [
    '../../_base_/default_runtime.py',
    '../../_base_/models/mfnet.py',
    '../../_base_/datasets/sthv1_16x2x1.py',
    '../../_base_/schedules/sgd_40e.py',
]

model = dict(cls_head=dict(num_classes=174))
