"""What a Python user calls."""
from .clip_reader import Clip, ClipReader, reader_of, video_source
from .key_points import KeyPointResult, clips_to_cover, infer_key_points
from .recognizer import (class_names_of, load_config, load_recognizer,
                         read_class_names)
from .selected_frames import FrameSelectionResult, infer_frame_selection

__all__ = [
    'Clip', 'ClipReader', 'FrameSelectionResult', 'KeyPointResult',
    'class_names_of', 'clips_to_cover', 'infer_frame_selection',
    'infer_key_points', 'load_config', 'load_recognizer', 'read_class_names',
    'reader_of', 'video_source'
]
