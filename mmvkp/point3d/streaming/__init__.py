"""Point3D on streams: takes one frame, returns the tubes in it."""

from .feature_ring import FeatureRing
from .inferencer import TubeInferencer

__all__ = ['FeatureRing', 'TubeInferencer']
