"""One frame of a stream."""

from typing import NamedTuple

import numpy as np

# Frames per second of sources that do not report any.
DEFAULT_FPS = 25.0


class Frame(NamedTuple):
    """One frame of a stream.

    Attributes:
        number (int): Number from 1; dropped frames are counted.
        timestamp (float): Seconds since the first frame.
        image (np.ndarray): (H, W, 3), uint8, RGB.
    """

    number: int
    timestamp: float
    image: np.ndarray


def to_rgb(image: np.ndarray) -> np.ndarray:
    """Reverse the channel order of OpenCV.

    Args:
        image (np.ndarray): The picture, BGR.

    Shape:
        - image: (H, W, 3), uint8.
        - returns: (H, W, 3), uint8, RGB.
    """
    import cv2

    return cv2.cvtColor(image, cv2.COLOR_BGR2RGB)
