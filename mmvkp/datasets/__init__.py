"""Data sets and transforms that MMAction2 lacks."""
from .transforms import (FilterTubes, LoadTubes, PackTubeInputs, SampleKeyClip,
                         SampleSegmentFrames, SampleTubeFrames, ShuffleFrames,
                         StackSegmentFrames, TubeCrop, TubeExpand)
from .tube_annotations import (TubeAnnotations, load_joint_positions,
                               load_tube_annotations, save_tube_annotations)
from .tube_dataset import TubeDataset

__all__ = [
    'FilterTubes', 'LoadTubes', 'PackTubeInputs', 'SampleKeyClip',
    'SampleSegmentFrames', 'SampleTubeFrames', 'ShuffleFrames',
    'StackSegmentFrames', 'TubeAnnotations', 'TubeCrop', 'TubeDataset',
    'TubeExpand', 'load_joint_positions', 'load_tube_annotations',
    'save_tube_annotations'
]
