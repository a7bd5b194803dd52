"""Choice of the class for an exported file."""

from typing import Any

from ..recognition.video_inferencer import VideoInferencer
from .recognizer import Recognizer


def open_model(path: str, **options: Any) -> VideoInferencer:
    """Open a file of `mmvkp export`.

    Args:
        path (str): The file.
        **options (Any): Arguments of the class.

    Raises:
        FileNotFoundError: If it is missing.
        ImportError: If onnxruntime is missing.
        ValueError: If it was not written by `mmvkp export`.
    """
    return Recognizer(path, **options)
