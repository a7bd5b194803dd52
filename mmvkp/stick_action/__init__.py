"""StickAction: a synthetic data set that needs the order of frames.

Scenes, videos, annotations, its metric and the learning benchmark.
"""

from .actions import class_names
from .pair_acc_metric import PairAccMetric

__all__ = ['PairAccMetric', 'class_names']
