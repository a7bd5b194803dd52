# Stage 1: TDN on Something-Something v1 (AK-Net paper, Table II).
_base_ = [
    '../../_base_/default_runtime.py',
    '../../_base_/models/tdn_r50.py',
    '../../_base_/datasets/sthv1_5x1x8.py',
    '../../_base_/schedules/sgd_50e.py',
]
