# Centres, joints and 3D head.
_base_ = 'point3d_r18_1xb8-8x1x1-1e_stick-tubes-rgb.py'

model = dict(twa=None)
