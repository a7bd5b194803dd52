# Point3D on UCF101-24; the rates are lowered after 6 and 8 of 12 epochs, as in MOC's
# public code.
_base_ = [
    '../../_base_/default_runtime.py',
    '../../_base_/models/point3d_hg104.py',
    '../../_base_/datasets/ucf101_24_tubes.py',
    '../../_base_/schedules/point3d_12e.py',
]

model = dict(point_head=dict(num_knots=0), cls_head=dict(num_classes=24))
# COCO weights, converted by `mmvkp weights hourglass`.
load_from = 'checkpoints/hourglass104.pth'
param_scheduler = [
    dict(type='MultiStepLR', milestones=[6, 8], gamma=0.1, by_epoch=True, end=12)
]
