"""Classification heads: a map in, scores of classes out."""
from .aknet_head import AKHead
from .point3d_cls_head import Point3DClsHead

__all__ = ['AKHead', 'Point3DClsHead']
