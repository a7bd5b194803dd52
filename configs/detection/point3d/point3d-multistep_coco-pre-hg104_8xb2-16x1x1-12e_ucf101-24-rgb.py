# The rates fall after the 6th and 8th of 12 epochs, as in MOC's public code.
_base_ = 'point3d_coco-pre-hg104_8xb2-16x1x1-12e_ucf101-24-rgb.py'

param_scheduler = [
    dict(type='MultiStepLR', milestones=[6, 8], gamma=0.1, by_epoch=True, end=12)
]
