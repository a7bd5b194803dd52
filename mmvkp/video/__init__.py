"""Pixels: files, folders and cameras in; pictures and videos out.

Independent of models, labels and tubes.
"""

from ..host_stack import MISSING, component_error
from .camera import CameraSource
from .frame import Frame
from .frames import VideoInfo, read_frames, video_info
from .source import FolderSource, FrameSource, VideoSource, open_source

__all__ = [
    'CachedVideoDecode',
    'CameraSource',
    'FolderSource',
    'Frame',
    'FrameSource',
    'UprightVideoDecode',
    'UprightVideoInit',
    'VideoInfo',
    'VideoSource',
    'open_source',
    'read_frames',
    'video_info',
]

if not MISSING:
    from .cached_decode import CachedVideoDecode
    from .transforms import UprightVideoDecode, UprightVideoInit
else:
    __getattr__ = component_error(__name__, __all__)
