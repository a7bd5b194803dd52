# Stage 2: AK-Net with TDN, split after res4, on Diving48 (AK-Net paper,
# Table III).
_base_ = [
    '../../_base_/default_runtime.py',
    '../../_base_/models/aknet_tdn_r50.py',
    '../../_base_/datasets/diving48_5x1x8.py',
    '../../_base_/schedules/adam_45e.py',
]

# Another checkpoint of stage 1: --cfg-options load_from=PATH.
stage1 = 'tdn_in1k-pre-r50_8xb8-5x1x8-45e_diving48-rgb'
load_from = f'work_dirs/{stage1}/epoch_45.pth'
model = dict(cls_head=dict(num_classes=48))
