"""Networks that turn frames or clips into features."""
from .mfnet import MFNet

__all__ = ['MFNet']
