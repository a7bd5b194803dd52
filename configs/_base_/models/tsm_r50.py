# MMAction2's TSM on ResNet-50 (arXiv 1811.08383), a host of AK-Net (AK-Net paper,
# section IV-A). Starts from torchvision's ImageNet weights.
_base_ = 'mmaction::_base_/models/tsm_r50.py'

num_classes = 174

model = dict(
    backbone=dict(
        num_segments=8,
        # The host's weights, under a name that does not need torchvision.
        pretrained='https://download.pytorch.org/models/resnet50-0676ba61.pth',
    ),
    cls_head=dict(
        num_classes=num_classes,
        num_segments=8,
        # Not in the AK-Net paper: from the code of TSM.
        dropout_ratio=0.5,
    ),
)
