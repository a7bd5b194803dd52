"""Point3D on streams: takes one frame, returns the tubes in it."""

from .inferencer import TubeInferencer

__all__ = ['TubeInferencer']
