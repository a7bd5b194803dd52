"""Transforms that MMAction2 lacks."""
from .shuffle_frames import ShuffleFrames

__all__ = ['ShuffleFrames']
