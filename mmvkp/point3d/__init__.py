"""Point3D: actors as moving points, their action by a 3D network.

Detector, heads, attention, long-term feature bank, the optimizers of its parts, and
inference on streams.
"""

from .attention import TimeWiseAttention
from .bank import BankAttention, LoadBank
from .cls_head import Point3DClsHead
from .detector import Point3D
from .optim_constructor import PartOptimWrapperConstructor
from .optim_wrapper import JointOptimWrapperDict
from .point_head import Point3DHead
from .streaming import TubeInferencer

__all__ = [
    'BankAttention',
    'JointOptimWrapperDict',
    'LoadBank',
    'PartOptimWrapperConstructor',
    'Point3D',
    'Point3DClsHead',
    'Point3DHead',
    'TimeWiseAttention',
    'TubeInferencer',
]
