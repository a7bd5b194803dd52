# ImageNet weights for AFNet on ResNet-101.
_base_ = 'afnet_af-r50_8xb32-1x1x1-100e_in1k-rgb.py'

model = dict(backbone=dict(depth=101))
