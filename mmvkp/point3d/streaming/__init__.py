"""Point3D on streams: one frame in, the tubes that pass through it out."""

from .feature_ring import FeatureRing
from .inferencer import TubeInferencer

__all__ = ['FeatureRing', 'TubeInferencer']
