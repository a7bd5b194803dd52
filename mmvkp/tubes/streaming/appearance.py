"""Appearance of detected actors: colours, or features of a network."""

from typing import Any

import numpy as np

# Bins of each colour, and the central share of a box that is counted.
_BINS, _SHARE = 6, 0.5


def colours_at(image: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """Colour histograms of boxes.

    The roots of the shares of 6 x 6 x 6 colours in the middle half of a box: the
    cosine of two of them is the Bhattacharyya coefficient.

    Args:
        image (np.ndarray): Frame, uint8, RGB.
        boxes (np.ndarray): `x1, y1, x2, y2` in its pixels, from 0, ends inclusive.

    Shape:
        - image: (H, W, 3).
        - boxes: (P, 4).
        - returns: (P, 216), float32, of unit length.
    """
    height, width = image.shape[:2]
    found = np.zeros((len(boxes), _BINS**3), dtype=np.float32)
    for row, (x1, y1, x2, y2) in zip(found, boxes.astype(np.float64)):
        edge_x, edge_y = (x2 - x1) * (1 - _SHARE) / 2, (y2 - y1) * (1 - _SHARE) / 2
        left, right = np.clip([round(x1 + edge_x), round(x2 - edge_x)], 0, width - 1)
        top, bottom = np.clip([round(y1 + edge_y), round(y2 - edge_y)], 0, height - 1)
        part = image[top : bottom + 1, left : right + 1].reshape(-1, 3)
        red, green, blue = (part.astype(np.int64) * _BINS // 256).T
        bins = (red * _BINS + green) * _BINS + blue
        row[:] = np.sqrt(np.bincount(bins, minlength=_BINS**3) / len(bins))
    return found


def features_at(feature: Any, boxes: np.ndarray, scale: Any, stride: int) -> np.ndarray:
    """Features at the centres of boxes, interpolated between cells.

    Args:
        feature (np.ndarray | Tensor): Map of the frame.
        boxes (np.ndarray): `x1, y1, x2, y2` in pixels of the video, from 0.
        scale (float | Sequence[float]): Pixels of the network's input per pixel of
            the video, for x and y.
        stride (int): Pixels of the network's input per cell.

    Shape:
        - feature: (C, h, w).
        - boxes: (P, 4).
        - returns: (P, C), float32.
    """
    factors = np.broadcast_to(np.ravel(scale), 2)
    limits = np.array(feature.shape[:0:-1]) - 1
    # The centre of cell 0 is half a cell from the edge.
    centres = (boxes[:, :2] + boxes[:, 2:]) / 2 * factors / stride - 0.5
    centres = centres.clip(0, limits)
    low = centres.astype(np.int64)
    high, (share_x, share_y) = np.minimum(low + 1, limits), (centres - low).T
    found = np.zeros((feature.shape[0], len(boxes)))
    for x, weight_x in ((low[:, 0], 1 - share_x), (high[:, 0], share_x)):
        for y, weight_y in ((low[:, 1], 1 - share_y), (high[:, 1], share_y)):
            values = feature[:, y, x]
            if not isinstance(values, np.ndarray):
                values = values.detach().float().cpu().numpy()
            found += values * (weight_x * weight_y)
    return found.T.astype(np.float32)
