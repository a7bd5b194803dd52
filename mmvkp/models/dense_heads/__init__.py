"""Heads that predict at every place of a map."""
from .point3d_head import Point3DHead

__all__ = ['Point3DHead']
