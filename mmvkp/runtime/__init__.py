"""Exported models without PyTorch: onnxruntime, NumPy and PyAV are enough.

`mmvkp export` writes their files. `open_model` opens any of them.
"""

from .opening import open_model
from .recognizer import Recognizer
from .tube_detector import TubeDetector

__all__ = ['Recognizer', 'TubeDetector', 'open_model']
