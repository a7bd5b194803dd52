"""Transforms of clips with tubes."""

from .crop import TubeCrop
from .expand import TubeExpand
from .filter import FilterTubes
from .load import LoadTubes
from .pack import PackTubeInputs
from .sample import SampleTubeFrames
from .sample_key_clip import SampleKeyClip

__all__ = [
    'FilterTubes',
    'LoadTubes',
    'PackTubeInputs',
    'SampleKeyClip',
    'SampleTubeFrames',
    'TubeCrop',
    'TubeExpand',
]
