"""What a Python user calls."""
from .key_points import KeyPointResult, infer_key_points

__all__ = ['KeyPointResult', 'infer_key_points']
