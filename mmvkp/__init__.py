"""Efficient video recognition and action detection for MMAction2.

`import mmvkp` (in a config: `custom_imports`) registers every component.
"""

# isort: off
from . import compat  # repairs the hosts; must come before their import

# isort: on
from . import (
    afnet,
    aknet,
    hosts,
    kpsem,
    point3d,
    recognition,
    stick_action,
    tubes,
    video,
)
from .version import __version__, version_info

__all__ = [
    '__version__',
    'version_info',
    'afnet',
    'aknet',
    'compat',
    'hosts',
    'kpsem',
    'point3d',
    'recognition',
    'stick_action',
    'tubes',
    'video',
]
