# Point3D on UCF101-24 (paper, Table 1), which has no joints: without the knot-point
# detector.
_base_ = [
    '../../_base_/default_runtime.py',
    '../../_base_/models/point3d_hg104.py',
    '../../_base_/datasets/ucf101_24_tubes.py',
    '../../_base_/schedules/point3d_12e.py',
]

model = dict(point_head=dict(num_knots=0), cls_head=dict(num_classes=24))
# COCO weights, converted by `mmvkp weights hourglass`. The 3D head is initialised
# at random: the paper names Kinetics for AVA only.
load_from = 'checkpoints/hourglass104.pth'
