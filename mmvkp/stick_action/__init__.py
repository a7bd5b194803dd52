"""StickAction: a synthetic data set that requires frame order.

Clips, videos, annotations, the metric of reversal pairs and the learning benchmark.
"""

from .classes import class_names
from .generate import make_dataset
from .pair_acc_metric import PairAccMetric
from .settings import make_settings

__all__ = ['PairAccMetric', 'class_names', 'make_dataset', 'make_settings']
