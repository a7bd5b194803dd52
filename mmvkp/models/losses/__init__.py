"""Losses, registered so that a config can exchange and weigh them."""
from .heatmap_sparsity_loss import HeatmapSparsityLoss
from .selection_ratio_loss import SelectionRatioLoss

__all__ = ['HeatmapSparsityLoss', 'SelectionRatioLoss']
