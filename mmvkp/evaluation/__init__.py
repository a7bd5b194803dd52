"""Metrics."""
from .metrics import PairAccMetric, TubeMetric

__all__ = ['PairAccMetric', 'TubeMetric']
