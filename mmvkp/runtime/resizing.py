"""Bilinear scaling of pictures with the values of OpenCV."""

from functools import lru_cache
from typing import Tuple

import numpy as np

# Weights are integers, as in OpenCV's scaling of 8-bit pictures.
_ONE = 1 << 11


@lru_cache(maxsize=64)
def _weights(
    old: int, new: int, clamped: bool
) -> Tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Both source pixels and their weights for each pixel of an axis.

    OpenCV gives the border pixels of rows the whole weight (`clamped`). At the border
    of columns it splits the weight between two copies of a pixel, which is rounded
    differently.

    Shape:
        - returns: (new,) each.
    """
    places = ((np.arange(new) + 0.5) * (1 / (new / old)) - 0.5).astype(np.float32)
    first = np.floor(places).astype(np.int64)
    part = places - first.astype(np.float32)
    if clamped:
        part[(first < 0) | (first >= old - 1)] = 0
        first = first.clip(0, old - 1)
    one = np.float32(_ONE)
    keep, move = (
        np.rint(each * one).astype(np.int32) for each in (np.float32(1) - part, part)
    )
    return first.clip(0, old - 1), (first + 1).clip(0, old - 1), keep, move


def resize(image: np.ndarray, width: int, height: int) -> np.ndarray:
    """Scale a picture as `cv2.resize` does with `INTER_LINEAR`.

    Args:
        image (np.ndarray): The picture.
        width (int): New width.
        height (int): New height.

    Shape:
        - image: (H, W, C), uint8.
        - returns: (height, width, C), uint8.
    """
    old_height, old_width = image.shape[:2]
    if (old_width, old_height) == (width, height):
        return image
    if (old_width, old_height) == (2 * width, 2 * height):
        # OpenCV takes the mean of four pixels.
        rows = image.reshape(height, 2, width, 2, -1).sum((1, 3), dtype=np.uint16)
        return ((rows + 2) >> 2).astype(np.uint8)
    left, right, keep, move = _weights(old_width, width, True)
    top, bottom, keep_y, move_y = _weights(old_height, height, False)
    wide = image.astype(np.int32)
    wide = wide[:, left] * keep[:, None] + wide[:, right] * move[:, None]
    wide >>= 4
    upper = (wide[top] * keep_y[:, None, None]) >> 16
    lower = (wide[bottom] * move_y[:, None, None]) >> 16
    return ((upper + lower + 2) >> 2).astype(np.uint8)


def scaled_size(
    size: Tuple[int, int], scale: Tuple[float, float], keep_ratio: bool
) -> Tuple[int, int]:
    """Size after MMAction2's `Resize`.

    Args:
        size (tuple[int, int]): Width and height.
        scale (tuple[float, float]): Longest and shortest side in any order with
            `keep_ratio`, inf for no limit; else width and height.
        keep_ratio (bool): Keep the aspect ratio.
    """
    if not keep_ratio:
        return int(scale[0]), int(scale[1])
    factor = min(max(scale) / max(size), min(scale) / min(size))
    return int(size[0] * factor + 0.5), int(size[1] * factor + 0.5)
