# Point3D on AVA v2.1; the 3D head starts from Kinetics-700 (paper, Table 2).
_base_ = [
    '../../_base_/default_runtime.py',
    '../../_base_/models/point3d_hg104_ava.py',
    '../../_base_/datasets/ava21_tubes.py',
    '../../_base_/schedules/point3d_15e.py',
]

weights = dict(
    type='Pretrained',
    checkpoint='checkpoints/resnext101_k700.pth',
    prefix='clip_backbone.',
)
model = dict(
    clip_backbone=dict(init_cfg=[*_base_.model.clip_backbone.init_cfg[:2], weights])
)
# COCO weights, converted by `mmvkp weights hourglass`.
load_from = 'checkpoints/hourglass104.pth'
