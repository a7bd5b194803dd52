# Pretraining for the other recipes: the two branches of AFNet on ImageNet, without
# navigation modules (AFNet paper, section 4). An image is a video of one frame.
_base_ = [
    '../../_base_/default_runtime.py',
    '../../_base_/models/af_r50.py',
    '../../_base_/datasets/imagenet.py',
    '../../_base_/schedules/sgd_100e.py',
]

num_segments = 1
model = dict(
    backbone=dict(
        num_segments=num_segments, selection_cfg=dict(policy='all'), init_cfg=None
    ),
    neck=dict(num_segments=num_segments, ratio_loss=None, log_blocks=False),
    cls_head=dict(num_classes=1000, dropout_ratio=0.0, init_std=0.01),
)
