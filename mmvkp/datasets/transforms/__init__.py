"""Transforms that MMAction2 lacks."""
from .filter_tubes import FilterTubes
from .load_tubes import LoadTubes
from .pack_tube_inputs import PackTubeInputs
from .sample_key_clip import SampleKeyClip
from .sample_tube_frames import SampleTubeFrames
from .segment_frames import SampleSegmentFrames
from .shuffle_frames import ShuffleFrames
from .stack_segment_frames import StackSegmentFrames
from .tube_crop import TubeCrop
from .tube_expand import TubeExpand

__all__ = [
    'FilterTubes', 'LoadTubes', 'PackTubeInputs', 'SampleKeyClip',
    'SampleSegmentFrames', 'SampleTubeFrames', 'ShuffleFrames',
    'StackSegmentFrames', 'TubeCrop', 'TubeExpand'
]
