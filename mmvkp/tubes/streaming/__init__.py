"""Tubes of streams for any detector that works frame by frame.

A detector supplies a `TubeNetwork`; buffers, delay, linking, several sources and
outputs are here. No module needs PyTorch.
"""

from .feature_ring import FeatureRing
from .tube_stream import TubeStream

__all__ = ['FeatureRing', 'TubeStream']
