"""Choice of the class for an exported file."""

import os.path as osp
from typing import Any

from ..recognition.video_inferencer import VideoInferencer
from .recognizer import Recognizer
from .session import part_path
from .tube_detector import TubeFinder


def open_model(path: str, **options: Any) -> VideoInferencer:
    """Open the result of `mmvkp export`.

    Args:
        path (str): OUT of the command; of a detector also one of its files.
        **options (Any): Arguments of the class: `classes`, `num_threads`,
            `providers`.

    Raises:
        FileNotFoundError: If it is missing.
        ImportError: If onnxruntime is missing.
        ValueError: If it was not written by `mmvkp export`.
    """
    frame = part_path(path, 'frame')
    is_part = path in (frame, part_path(path, 'clip'))
    if is_part or (not osp.isfile(path) and osp.isfile(frame)):
        return TubeFinder(path, **options)
    return Recognizer(path, **options)
