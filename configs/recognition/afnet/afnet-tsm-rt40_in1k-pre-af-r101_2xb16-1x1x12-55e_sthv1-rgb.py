# AFNet-TSM on ResNet-101, RT = 0.4, on Something-Something v1 (AFNet paper, Table 2).
_base_ = 'afnet-tsm-rt40_in1k-pre-af-r50_2xb16-1x1x12-55e_sthv1-rgb.py'

pretrained = 'checkpoints/af_r101_in1k.pth'
model = dict(backbone=dict(depth=101, init_cfg=dict(checkpoint=pretrained)))
