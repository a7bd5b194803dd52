# The 3D Head starts from Kinetics-700 (paper, Table 2).
_base_ = 'point3d_coco-k400-pre-hg104_8xb2-16x1x1-15e_ava21-rgb.py'

weights = dict(
    type='Pretrained',
    checkpoint='checkpoints/resnext101_k700.pth',
    prefix='clip_backbone.',
)
model = dict(
    clip_backbone=dict(init_cfg=[*_base_.model.clip_backbone.init_cfg[:2], weights])
)
