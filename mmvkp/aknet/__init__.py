"""AK-Net: action keypoints classified as an ordered sequence of points.

A backbone over any 2D host, its head and its sparsity loss.
"""

from .backbone import AKNet
from .head import AKHead
from .sparsity_loss import HeatmapSparsityLoss

__all__ = ['AKHead', 'AKNet', 'HeatmapSparsityLoss']
