# Centres and 3D head (paper, Table 3).
_base_ = 'point3d_coco-pre-hg104_8xb2-16x1x1-20e_jhmdb-split1-rgb.py'

model = dict(point_head=dict(num_knots=0), twa=None)
