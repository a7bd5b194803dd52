"""Efficient video recognition and action detection for MMAction2.

`import mmvkp` (in a config: `custom_imports`) registers every component. Without
PyTorch or a host it registers nothing, and `mmvkp.runtime` runs exported models.
"""

from .host_stack import MISSING, refuse_components
from .version import __version__, version_info

if MISSING:
    __getattr__ = refuse_components()
else:
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
