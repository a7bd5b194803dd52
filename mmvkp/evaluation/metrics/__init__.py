"""Metrics."""
from .pair_acc_metric import PairAccMetric
from .tube_metric import TubeMetric

__all__ = ['PairAccMetric', 'TubeMetric']
