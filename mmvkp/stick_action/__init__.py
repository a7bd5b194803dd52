"""StickAction: a synthetic data set that requires frame order.

Clips, videos, annotations, metrics and the learning benchmark.
"""

from .classes import class_names
from .generate import make_dataset
from .pair_acc_metric import PairAccMetric
from .settings import make_settings
from .tube_acc_metric import TubeAccMetric

__all__ = [
    'PairAccMetric',
    'TubeAccMetric',
    'class_names',
    'make_dataset',
    'make_settings',
]
