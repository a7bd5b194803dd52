"""Networks that MMAction2 lacks and that the methods stand on.

MFNet and TDN with their transforms, ResNeXt-3D and slim ResNets, with converters
of their public weights, and TapBackbone, the feature maps of any other network.
"""

from . import accelerate  # noqa: F401  (registers fast functions)
from .mfnet import MFNet
from .mfnet_transforms import RandomHLS, RandomSquareResize, SampleFramesOrStill
from .resnet_tdn import ResNetTDN
from .resnext3d import ResNeXt3d
from .segment_frames import SampleSegmentFrames
from .slim_resnet import SlimResNet, SlimResNetTSM
from .stack_segment_frames import StackSegmentFrames
from .tap_backbone import TapBackbone

__all__ = [
    'MFNet',
    'RandomHLS',
    'RandomSquareResize',
    'ResNeXt3d',
    'ResNetTDN',
    'SampleFramesOrStill',
    'SampleSegmentFrames',
    'SlimResNet',
    'SlimResNetTSM',
    'StackSegmentFrames',
    'TapBackbone',
]
