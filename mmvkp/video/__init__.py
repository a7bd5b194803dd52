"""Pixels: files, folders and cameras in; pictures and videos out.

Independent of models, labels and tubes.
"""

from .camera import CameraSource
from .frame import Frame
from .source import FolderSource, FrameSource, VideoSource, open_source

__all__ = [
    'CameraSource',
    'FolderSource',
    'Frame',
    'FrameSource',
    'VideoSource',
    'open_source',
]
