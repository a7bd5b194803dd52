# Stage 2 on Something-Something v2: AKViT, from the checkpoint of the transformer.
_base_ = [
    '../../_base_/default_runtime.py',
    '../../_base_/models/akvit_b16.py',
    '../../_base_/datasets/sthv2_u16.py',
    '../../_base_/schedules/adamw_cosine_30e.py',
]

model = dict(cls_head=dict(num_classes=174))
# Another checkpoint of stage 1: --cfg-options load_from=PATH.
stage1 = 'vit_k400-pre-vit-b16_8xb8-u16-30e_sthv2-rgb'
load_from = f'work_dirs/{stage1}/epoch_30.pth'
