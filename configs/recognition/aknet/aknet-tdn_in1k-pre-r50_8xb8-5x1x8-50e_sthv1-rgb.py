# Stage 2: AK-Net with TDN, split after res4, on Something-Something v1 (AK-Net
# paper, Table II).
_base_ = [
    '../../_base_/default_runtime.py',
    '../../_base_/models/aknet_tdn_r50.py',
    '../../_base_/datasets/sthv1_5x1x8.py',
    '../../_base_/schedules/sgd_50e.py',
]

# Another checkpoint of stage 1: --cfg-options load_from=PATH.
stage1 = 'tdn_in1k-pre-r50_8xb8-5x1x8-50e_sthv1-rgb'
load_from = f'work_dirs/{stage1}/epoch_50.pth'
