"""Metrics."""
from .metrics import PairAccMetric

__all__ = ['PairAccMetric']
