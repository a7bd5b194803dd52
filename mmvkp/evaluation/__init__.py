"""Metrics."""
from .metrics import ComputeCostMetric, PairAccMetric, TubeMetric

__all__ = ['ComputeCostMetric', 'PairAccMetric', 'TubeMetric']
