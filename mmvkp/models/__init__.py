"""Networks: backbones, necks and the layers they are made of."""
from .backbones import AFMobileNetV3, AFResNet, MFNet
from .losses import SelectionRatioLoss
from .necks import KPSEM, FrameSelectionNeck

__all__ = [
    'AFMobileNetV3', 'AFResNet', 'FrameSelectionNeck', 'KPSEM', 'MFNet',
    'SelectionRatioLoss'
]
