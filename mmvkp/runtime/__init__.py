"""Exported models without PyTorch: onnxruntime, NumPy and PyAV are enough.

`mmvkp export` writes their files. `open_model` opens any of them.
"""

from .opening import open_model
from .recognizer import Recognizer

__all__ = ['Recognizer', 'open_model']
