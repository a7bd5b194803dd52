"""Necks: feature maps in, feature and auxiliary losses out."""
from .frame_selection_neck import FrameSelectionNeck
from .kpsem import KPSEM

__all__ = ['FrameSelectionNeck', 'KPSEM']
