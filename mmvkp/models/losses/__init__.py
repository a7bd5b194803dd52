"""Losses, registered so that a config can exchange and weigh them."""
from .selection_ratio_loss import SelectionRatioLoss

__all__ = ['SelectionRatioLoss']
