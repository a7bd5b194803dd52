"""Tools around any recognizer of MMAction2.

Lists and checks of videos, loading, clip reading, prediction, comparison of
runs, and hooks of general use.
"""

from ..class_files import read_class_names
from ..host_stack import MISSING, component_error

__all__ = [
    'AccelerateHook',
    'ActivationCheckpointHook',
    'AutocastHook',
    'ClassNamesHook',
    'Clip',
    'ClipReader',
    'CpuTimeHook',
    'DataCheckHook',
    'FiniteCheckHook',
    'Inferencer',
    'ResumeValidationHook',
    'SampleSeedHook',
    'ShuffleFrames',
    'accelerate',
    'class_names_of',
    'count_macs',
    'count_parameters',
    'decelerate',
    'find_shipped',
    'load_config',
    'load_recognizer',
    'reader_of',
    'video_source',
    'read_class_names',
]

if MISSING:
    __getattr__ = component_error(__name__, __all__)
else:
    from .accelerate import accelerate, decelerate
    from .accelerate_hook import AccelerateHook
    from .activation_checkpoint_hook import ActivationCheckpointHook
    from .autocast_hook import AutocastHook
    from .class_names_hook import ClassNamesHook
    from .clip_reader import ClipReader, reader_of
    from .clips import Clip, video_source
    from .complexity import count_macs, count_parameters
    from .cpu_time_hook import CpuTimeHook
    from .data_check_hook import DataCheckHook
    from .finite_check_hook import FiniteCheckHook
    from .inferencer import Inferencer
    from .loading import class_names_of, load_config, load_recognizer
    from .resume_validation_hook import ResumeValidationHook
    from .sample_seed_hook import SampleSeedHook
    from .shipped_weights import find_shipped
    from .shuffle_frames import ShuffleFrames
