# Stage 2: AKViT, from the checkpoint of the plain transformer.
_base_ = [
    '../../_base_/short_runtime.py',
    '../../_base_/models/akvit_d4.py',
    '../../_base_/datasets/stick_action_u8_crop.py',
    '../../_base_/schedules/adamw_onecycle_10e.py',
]

stage1 = 'vit_vit-d4_1xb16-u8-20e_stick-action-rgb'
load_from = f'work_dirs/{stage1}/epoch_20.pth'
