# AKViT on Kinetics-400, from the public weights of VideoMAE-B in MMAction2, which are
# its stage 1.
_base_ = [
    '../../_base_/default_runtime.py',
    '../../_base_/models/akvit_b16.py',
    '../../_base_/datasets/kinetics400_16x4x1.py',
    '../../_base_/schedules/adamw_cosine_30e.py',
]

weights = 'https://download.openmmlab.com/mmaction/v1.0/recognition/videomae'
load_from = (
    f'{weights}/vit-base-p16_videomae-k400-pre_16x4x1_kinetics-400_'
    '20221013-860a3cd3.pth'
)
