# Centres, joints and time-wise attention (paper, Table 3).
_base_ = 'point3d_coco-pre-hg104_8xb2-16x1x1-20e_jhmdb-split1-rgb.py'

# The point head follows the attention, which outputs one stack; its heatmap of centres
# classifies the action.
model = dict(
    point_head=dict(num_classes=21, num_stacks=1),
    point_input='twa',
    clip_backbone=None,
    cls_head=None,
)
