"""Efficient video recognition and action detection for MMAction2.

``import mmvkp`` (in a config: ``custom_imports``) registers every component.
"""
from . import compat  # isort: skip  # repairs the hosts before their import
from . import datasets, engine, evaluation, models
from .version import __version__, version_info

__all__ = [
    '__version__', 'version_info', 'compat', 'datasets', 'engine',
    'evaluation', 'models'
]
