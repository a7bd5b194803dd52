"""Action tubes for any detector.

Annotations and their formats, data set and transforms, suppression, linking,
average precision and drawing.
"""

from .annotations import TubeAnnotations, load_tube_annotations, save_tube_annotations
from .dataset import TubeDataset
from .joints import load_joint_positions
from .metric import TubeMetric
from .online_linker import OnlineLinker
from .online_tubes import (
    FrameDetections,
    FrameTubes,
    LinkedTube,
    LinkOptions,
    merge_pieces,
)
from .transforms import (
    FilterTubes,
    LoadTubes,
    PackTubeInputs,
    SampleKeyClip,
    SampleTubeFrames,
    TubeCrop,
    TubeExpand,
)

__all__ = [
    'FrameDetections',
    'FilterTubes',
    'FrameTubes',
    'LinkOptions',
    'LinkedTube',
    'LoadTubes',
    'OnlineLinker',
    'PackTubeInputs',
    'SampleKeyClip',
    'SampleTubeFrames',
    'TubeAnnotations',
    'TubeCrop',
    'TubeDataset',
    'TubeExpand',
    'TubeMetric',
    'load_joint_positions',
    'load_tube_annotations',
    'merge_pieces',
    'save_tube_annotations',
]
