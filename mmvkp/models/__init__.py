"""Networks: backbones, necks and the layers they are made of."""
from .backbones import MFNet
from .necks import KPSEM

__all__ = ['MFNet', 'KPSEM']
