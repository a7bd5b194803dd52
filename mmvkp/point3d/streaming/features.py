"""Appearance of detected actors: colours, or features of the 2D network."""

from typing import Any, Mapping

import numpy as np
import torch
from torch import Tensor, nn

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


def features_at(
    feature: Tensor, boxes: np.ndarray, meta: Mapping[str, Any], stride: int
) -> np.ndarray:
    """Features at the centres of boxes, interpolated between cells.

    Args:
        feature (Tensor): Map of the frame.
        boxes (np.ndarray): `x1, y1, x2, y2` in pixels of the video, from 0.
        meta (Mapping): Metainfo of the sample with `scale_factor`.
        stride (int): Pixels of the network's input per cell.

    Shape:
        - feature: (C, h, w).
        - boxes: (P, 4).
        - returns: (P, C), float32.
    """
    scale = np.broadcast_to(np.ravel(meta.get('scale_factor', 1.0)), 2)
    # The centre of cell 0 is half a cell from the edge.
    centres = (boxes[:, :2] + boxes[:, 2:]) / 2 * scale / stride - 0.5
    # grid_sample: -1 and 1 are the first and the last cell.
    last = np.maximum(np.array(feature.shape[:0:-1]) - 1, 1)
    grid = torch.from_numpy(np.float32(2 * centres / last - 1)).to(feature.device)
    with torch.no_grad():
        found = nn.functional.grid_sample(
            feature[None].float(),
            grid[None, :, None],
            padding_mode='border',
            align_corners=True,
        )
    return found[0, :, :, 0].T.cpu().numpy()
