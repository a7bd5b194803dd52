"""Networks that turn frames or clips into features."""
from .af_mobilenet_v3 import AFMobileNetV3
from .af_resnet import AFResNet
from .aknet import AKNet
from .mfnet import MFNet
from .resnet_tdn import ResNetTDN
from .resnext3d import ResNeXt3d
from .slim_resnet import SlimResNet, SlimResNetTSM

__all__ = [
    'AFMobileNetV3', 'AFResNet', 'AKNet', 'MFNet', 'ResNeXt3d', 'ResNetTDN',
    'SlimResNet', 'SlimResNetTSM'
]
