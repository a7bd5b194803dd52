# Weights for the others: the two branches of AFNet trained on ImageNet
# without navigation modules (AFNet paper, section 4). An image is a video of
# one frame, all of which are computed.
_base_ = [
    '../../_base_/default_runtime.py',
    '../../_base_/models/af_r50.py',
    '../../_base_/datasets/imagenet.py',
    '../../_base_/schedules/sgd_100e.py',
]

num_classes = 1000
num_segments = 1
num_gpus = 8
batch_size = 32

model = dict(
    backbone=dict(
        num_segments=num_segments, selection_cfg=dict(policy='all'), init_cfg=None
    ),
    neck=dict(num_segments=num_segments, ratio_loss=None, log_blocks=False),
    cls_head=dict(num_classes=num_classes, dropout_ratio=0.0, init_std=0.01),
)
train_dataloader = dict(batch_size=batch_size)
auto_scale_lr = dict(enable=False, base_batch_size=num_gpus * batch_size)
