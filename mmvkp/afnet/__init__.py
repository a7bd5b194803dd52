"""AFNet: ample and focal branches, with selection of frames inside the network.

Backbones, neck, loss, hooks and cost; in eval only selected frames are computed.
"""

from . import accelerate  # noqa: F401  (registers fast functions)
from .anneal_hook import SelectionAnnealHook
from .cost_metric import ComputeCostMetric
from .mobilenet_v3 import AFMobileNetV3
from .neck import FrameSelectionNeck
from .ratio_loss import SelectionRatioLoss
from .record_hook import SelectionRecordHook
from .resnet import AFResNet

__all__ = [
    'AFMobileNetV3',
    'AFResNet',
    'ComputeCostMetric',
    'FrameSelectionNeck',
    'SelectionAnnealHook',
    'SelectionRatioLoss',
    'SelectionRecordHook',
]
