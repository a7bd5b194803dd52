"""Pixels: files, folders and cameras in; pictures and videos out.

Independent of models, labels and tubes.
"""

from .source import CameraSource, FolderSource, Frame, VideoSource, open_source

__all__ = ['CameraSource', 'FolderSource', 'Frame', 'VideoSource', 'open_source']
