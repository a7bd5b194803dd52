"""Cells of a feature map and the part of a frame that they cover."""

from typing import Tuple

import numpy as np
from numpy.typing import ArrayLike


def cells_to_frame(
    cells: np.ndarray, map_size: Tuple[int, int], box: ArrayLike
) -> np.ndarray:
    """Map the centers of cells to the frame.

    Args:
        cells (np.ndarray): Cells counted from 0.
        map_size (tuple[int, int]): (W, H) of the map.
        box (Sequence[float]): (x1, y1, x2, y2), part of the frame that the
            map covers, in pixels from the frame's left and top edge.

    Shape:
        - cells: (..., 2), (x, y).
        - returns: (..., 2), (x, y) in pixels from the left and top edge; the
          center of pixel 0 is at 0.5.
    """
    ends = np.asarray(box, np.float64)
    return ends[:2] + (np.asarray(cells) + 0.5) * (ends[2:] - ends[:2]) / map_size


def frame_to_cells(
    size: Tuple[int, int], map_size: Tuple[int, int], box: ArrayLike
) -> Tuple[np.ndarray, np.ndarray]:
    """Map the centers of the pixels of a frame to the feature map.

    Args:
        size (tuple[int, int]): (W', H') of the frame.
        map_size (tuple[int, int]): (W, H) of the map.
        box (Sequence[float]): See `cells_to_frame`.

    Returns:
        tuple[np.ndarray, np.ndarray]: (W',) x and (H',) y in cells from the
        left and top edge of the map: cell i reaches from i to i + 1. Values are
        outside [0, W) or [0, H) for pixels that the map does not cover.
    """
    ends = np.asarray(box, np.float64)
    x, y = (
        (np.arange(size[i]) + 0.5 - ends[i]) * map_size[i] / (ends[i + 2] - ends[i])
        for i in (0, 1)
    )
    return x, y


def box_on_canvas(box: ArrayLike, frame: np.ndarray, canvas: np.ndarray) -> np.ndarray:
    """Scale a box from a frame to the resized frame.

    Args:
        box (Sequence[float]): (x1, y1, x2, y2) in pixels of the frame.
        frame (np.ndarray): (H, W, 3).
        canvas (np.ndarray): (H', W', 3), the frame resized.

    Returns:
        np.ndarray: (4,), (x1, y1, x2, y2) in pixels of the canvas.
    """
    scale = np.array(canvas.shape[1::-1]) / frame.shape[1::-1]
    return np.asarray(box, np.float64) * np.tile(scale, 2)


def darken_outside(canvas: np.ndarray, box: ArrayLike, share: float) -> np.ndarray:
    """Darken the part of a frame that a network does not see.

    Args:
        canvas (np.ndarray): Frame of shape (H, W, 3), uint8, changed in place.
        box (Sequence[float]): (x1, y1, x2, y2) of the visible part, in pixels of the
            canvas.
        share (float): Brightness of the rest, in [0, 1].

    Returns:
        np.ndarray: The visible part, of shape (H', W', 3), a view.
    """
    left, top, right, bottom = np.maximum(np.rint(box).astype(int), 0)
    unseen = np.ones(canvas.shape[:2], bool)
    unseen[top:bottom, left:right] = False
    canvas[unseen] = (canvas[unseen] * share).astype(np.uint8)
    return canvas[top:bottom, left:right]
