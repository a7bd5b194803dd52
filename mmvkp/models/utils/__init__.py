"""Argument checks and cost counters shared by the models."""
from .checks import (check_choice, check_feature_map, check_positive,
                     check_ratio)
from .complexity import count_macs, count_parameters

__all__ = [
    'check_choice', 'check_feature_map', 'check_positive', 'check_ratio',
    'count_macs', 'count_parameters'
]
