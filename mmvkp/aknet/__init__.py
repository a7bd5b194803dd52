"""AK-Net: action keypoints classified as an ordered sequence of points.

A backbone over any 2D host, one over a vision transformer, their head and its
sparsity loss.
"""

from . import accelerate  # noqa: F401  (registers fast functions)
from .backbone import AKNet
from .head import AKHead
from .sparsity_loss import HeatmapSparsityLoss
from .vit import AKViT

__all__ = ['AKHead', 'AKNet', 'AKViT', 'HeatmapSparsityLoss']
