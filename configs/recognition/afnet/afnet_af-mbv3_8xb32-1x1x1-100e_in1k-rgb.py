# ImageNet weights for AFNet on MobileNetV3; see the recipe of ResNet-50. Dropout as in
# MobileNetV3. A single frame has no temporal shift.
_base_ = [
    '../../_base_/default_runtime.py',
    '../../_base_/models/af_mbv3.py',
    '../../_base_/datasets/imagenet.py',
    '../../_base_/schedules/sgd_100e.py',
]

num_segments = 1
model = dict(
    backbone=dict(
        num_segments=num_segments,
        with_shift=False,
        selection_cfg=dict(policy='all'),
        init_cfg=None,
    ),
    neck=dict(num_segments=num_segments, ratio_loss=None, log_blocks=False),
    cls_head=dict(num_classes=1000, dropout_ratio=0.2),
)
