# MF-KPSEM on Mini-Kinetics-200 (80k/5k).
_base_ = [
    '../../_base_/default_runtime.py',
    '../../_base_/models/kpsem_mfnet.py',
    '../../_base_/datasets/minikinetics80k_16x2x1.py',
    '../../_base_/schedules/sgd_40e.py',
]

model = dict(cls_head=dict(num_classes=200))
