# Weights of ImageNet for AFNet on MobileNetV3; see the recipe of ResNet-50.
# Dropout is that of MobileNetV3; there is no time to shift channels in.
_base_ = [
    '../../_base_/default_runtime.py',
    '../../_base_/models/af_mbv3.py',
    '../../_base_/datasets/imagenet.py',
    '../../_base_/schedules/sgd_100e.py',
]

num_classes = 1000
num_segments = 1
num_gpus = 8
batch_size = 32

model = dict(
    backbone=dict(
        num_segments=num_segments,
        with_shift=False,
        selection_cfg=dict(policy='all'),
        init_cfg=None,
    ),
    neck=dict(num_segments=num_segments, ratio_loss=None, log_blocks=False),
    cls_head=dict(num_classes=num_classes, dropout_ratio=0.2),
)
train_dataloader = dict(batch_size=batch_size)
auto_scale_lr = dict(enable=False, base_batch_size=num_gpus * batch_size)
