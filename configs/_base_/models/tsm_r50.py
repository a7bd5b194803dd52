# TSM on ResNet-50 (arXiv 1811.08383), MMAction2's own: a host of AK-Net (its
# paper, section IV-A). From torchvision's weights of ImageNet.
_base_ = 'mmaction::_base_/models/tsm_r50.py'

num_classes = 174

model = dict(
    backbone=dict(num_segments=8),
    cls_head=dict(
        num_classes=num_classes,
        num_segments=8,
        # Not in the AK-Net paper: as in the code of TSM.
        dropout_ratio=0.5,
    ),
)
