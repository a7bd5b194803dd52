"""Action tubes for any detector.

Annotations and their formats, data set and transforms, suppression, linking,
average precision and drawing.
"""

from ..host_stack import MISSING, component_error
from .online_linker import OnlineLinker
from .online_tubes import (
    FrameDetections,
    FrameTubes,
    LinkedTube,
    LinkOptions,
    merge_pieces,
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

if MISSING:
    __getattr__ = component_error(__name__, __all__)
else:
    from .annotations import (
        TubeAnnotations,
        load_tube_annotations,
        save_tube_annotations,
    )
    from .dataset import TubeDataset
    from .joints import load_joint_positions
    from .metric import TubeMetric
    from .transforms import (
        FilterTubes,
        LoadTubes,
        PackTubeInputs,
        SampleKeyClip,
        SampleTubeFrames,
        TubeCrop,
        TubeExpand,
    )
