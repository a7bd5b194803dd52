"""Necks: feature maps in, feature and auxiliary losses out."""
from .kpsem import KPSEM

__all__ = ['KPSEM']
