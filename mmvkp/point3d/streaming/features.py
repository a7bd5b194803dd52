"""Appearance of detected actors, from the map of the 2D network."""

from typing import Any, Mapping

import numpy as np
import torch
from torch import Tensor, nn


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
