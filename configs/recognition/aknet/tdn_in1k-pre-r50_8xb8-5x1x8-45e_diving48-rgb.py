# Stage 1: TDN on Diving48 (AK-Net paper, Table III).
_base_ = [
    '../../_base_/default_runtime.py',
    '../../_base_/models/tdn_r50.py',
    '../../_base_/datasets/diving48_5x1x8.py',
    '../../_base_/schedules/adam_45e.py',
]

model = dict(cls_head=dict(num_classes=48))
