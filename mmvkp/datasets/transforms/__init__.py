"""Transforms that MMAction2 lacks."""
from .filter_tubes import FilterTubes
from .load_tubes import LoadTubes
from .pack_tube_inputs import PackTubeInputs
from .sample_key_clip import SampleKeyClip
from .sample_tube_frames import SampleTubeFrames
from .shuffle_frames import ShuffleFrames
from .tube_crop import TubeCrop
from .tube_expand import TubeExpand

__all__ = [
    'FilterTubes', 'LoadTubes', 'PackTubeInputs', 'SampleKeyClip',
    'SampleTubeFrames', 'ShuffleFrames', 'TubeCrop', 'TubeExpand'
]
