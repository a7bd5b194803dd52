"""Metrics."""
from .compute_cost_metric import ComputeCostMetric
from .pair_acc_metric import PairAccMetric
from .tube_metric import TubeMetric

__all__ = ['ComputeCostMetric', 'PairAccMetric', 'TubeMetric']
