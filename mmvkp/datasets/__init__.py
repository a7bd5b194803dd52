"""Data sets and transforms that MMAction2 lacks."""
from .transforms import ShuffleFrames

__all__ = ['ShuffleFrames']
