"""Networks: backbones, necks and the layers they are made of."""
from .backbones import (AFMobileNetV3, AFResNet, AKNet, MFNet, ResNetTDN,
                        ResNeXt3d, SlimResNet, SlimResNetTSM)
from .dense_heads import Point3DHead
from .detectors import Point3D
from .heads import AKHead, Point3DClsHead
from .layers import TimeWiseAttention
from .losses import HeatmapSparsityLoss, SelectionRatioLoss
from .necks import KPSEM, FrameSelectionNeck

__all__ = [
    'AFMobileNetV3', 'AFResNet', 'AKHead', 'AKNet', 'FrameSelectionNeck',
    'HeatmapSparsityLoss', 'KPSEM', 'MFNet', 'Point3D', 'Point3DClsHead',
    'Point3DHead', 'ResNeXt3d', 'ResNetTDN', 'SelectionRatioLoss',
    'SlimResNet', 'SlimResNetTSM', 'TimeWiseAttention'
]
