"""Metrics."""
from .pair_acc_metric import PairAccMetric

__all__ = ['PairAccMetric']
