"""Reading of the videos that tests write."""

from pathlib import Path

import numpy as np
import pytest


def decode(path: Path) -> np.ndarray:
    """Frames of a video, (T, H, W, 3), uint8, BGR."""
    decord = pytest.importorskip('decord')
    video = decord.VideoReader(str(path), num_threads=1)
    return video.get_batch(range(len(video))).asnumpy()[..., ::-1]
