"""Networks that turn frames or clips into features."""
from .af_mobilenet_v3 import AFMobileNetV3
from .af_resnet import AFResNet
from .mfnet import MFNet

__all__ = ['AFMobileNetV3', 'AFResNet', 'MFNet']
