"""What a Python user calls."""
from .action_keypoints import (ActionKeypointResult, clips_with_keypoints,
                               infer_action_keypoints)
from .clip_reader import Clip, ClipReader, reader_of, video_source
from .feature_ring import FeatureRing
from .frame_source import (CameraSource, FolderSource, Frame, VideoSource,
                           open_source)
from .key_points import KeyPointResult, clips_to_cover, infer_key_points
from .online_linker import OnlineLinker
from .online_tubes import (Detections, FrameTubes, LinkedTube, LinkOptions,
                           merge_pieces)
from .point_maps import PointMaps, clip_of_frame, infer_point_maps
from .recognizer import (class_names_of, load_config, load_recognizer,
                         read_class_names)
from .selected_frames import FrameSelectionResult, infer_frame_selection
from .tube_inferencer import TubeInferencer

__all__ = [
    'ActionKeypointResult', 'CameraSource', 'Clip', 'ClipReader', 'Detections',
    'FeatureRing', 'FolderSource', 'Frame', 'FrameSelectionResult',
    'FrameTubes', 'KeyPointResult', 'LinkOptions', 'LinkedTube',
    'OnlineLinker', 'PointMaps', 'TubeInferencer', 'VideoSource',
    'class_names_of', 'clip_of_frame', 'clips_to_cover',
    'clips_with_keypoints', 'infer_action_keypoints', 'infer_frame_selection',
    'infer_key_points', 'infer_point_maps', 'load_config', 'load_recognizer',
    'merge_pieces', 'open_source', 'read_class_names', 'reader_of',
    'video_source'
]
