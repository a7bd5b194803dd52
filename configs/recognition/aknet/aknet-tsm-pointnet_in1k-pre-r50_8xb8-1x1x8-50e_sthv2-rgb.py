# The transform with PointNet's widths: 272 M more parameters. Not in the paper, which
# gives no widths.
_base_ = 'aknet-tsm_in1k-pre-r50_8xb8-1x1x8-50e_sthv2-rgb.py'

model = dict(backbone=dict(transform='pointnet'))
