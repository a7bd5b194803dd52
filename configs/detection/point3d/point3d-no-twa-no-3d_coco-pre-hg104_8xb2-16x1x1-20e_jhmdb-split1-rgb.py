# Centres and joints (paper, Table 3).
_base_ = 'point3d_coco-pre-hg104_8xb2-16x1x1-20e_jhmdb-split1-rgb.py'

# The heatmap of centres classifies the action.
model = dict(
    point_head=dict(num_classes=21), twa=None, clip_backbone=None, cls_head=None
)
