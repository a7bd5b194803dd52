"""Frames for the comparison of an exported model with torch."""

from typing import List, Optional, Tuple

import numpy as np

from ..recognition.footage import Footage, footage_of, memory_footage
from ..video import Frame


def generated_frames(count: int, width: int, height: int) -> List[np.ndarray]:
    """Three discs that move over a smooth ground, without noise.

    Args:
        count (int): Number of frames.
        width (int): Width in pixels.
        height (int): Height in pixels.

    Shape:
        - returns: (height, width, 3) each, uint8, RGB.
    """
    side = max(width, height)
    y, x = np.mgrid[:height, :width] / side
    waves = [np.sin(9 * x + 2 * y + k) + np.cos(7 * y - 3 * x * k) for k in range(3)]
    ground = np.clip(110 + 45 * np.stack(waves, -1), 0, 255)
    frames = []
    for i in range(count):
        t, frame = i / count, ground.copy()
        for k, color in enumerate(((250, 40, 30), (30, 220, 60), (240, 240, 250))):
            across = 0.5 + 0.4 * np.cos(2 * np.pi * (t * (k + 1) + k / 3))
            down = (0.5 + 0.35 * np.sin(2 * np.pi * t + k)) * height / side
            distance = (x - across * width / side) ** 2 + (y - down) ** 2
            frame[distance < (0.05 + 0.02 * k) ** 2] = color
        frames.append(frame.astype(np.uint8))
    return frames


def sample_footage(video: Optional[str], size: Optional[Tuple[int, int]]) -> Footage:
    """Footage of a video, or generated frames.

    Args:
        video (str, optional): File or folder.
        size (tuple[int, int], optional): Width and height of generated frames.
            Default: 320 x 240.
    """
    if video is not None:
        return footage_of(video)
    images = generated_frames(64, *(size or (320, 240)))
    frames = [Frame(i + 1, i / 25, each) for i, each in enumerate(images)]
    return memory_footage('generated frames', frames, 25.0)
