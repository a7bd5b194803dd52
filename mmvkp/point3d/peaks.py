"""Local maxima of heatmaps, and values of maps at cells.

Cells are counted from 0 and written `(x, y)`.
"""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F


class Peaks(NamedTuple):
    """Best local maxima of each frame, best first.

    Shape:
        - scores: (F, P) float32 in [0, 1]; NaN in frames that are not finite.
        - maps: (F, P) int64, channel of each.
        - cells: (F, P, 2) int64 `x, y`.
    """

    scores: Tensor
    maps: Tensor
    cells: Tensor


def find_peaks(logits: Tensor, topk: int, kernel: int = 3) -> Peaks:
    """Find the best local maxima of heatmaps.

    A cell is a maximum if no cell of the window around it is larger; all cells
    of a plateau are maxima. Equal scores are ordered by channel, row and column,
    so that all devices give the same result. With fewer maxima than `topk`,
    other cells follow with score 0. All scores of a frame with values that are not
    finite are NaN, so that the fault is visible in its results.

    Args:
        logits (Tensor): Heatmaps before the sigmoid, any floating type.
        topk (int): P; reduced to the number of cells, C h w.
        kernel (int): Side of the window in cells, odd.

    Shape:
        - logits: (F, C, h, w).

    Returns:
        Peaks: P maxima of each frame.
    """
    logits = logits.float()
    valid = logits.isfinite().flatten(1).all(1, keepdim=True)
    scores = logits.sigmoid()
    best = F.max_pool2d(scores, kernel, stride=1, padding=kernel // 2)
    flat = torch.where(scores == best, scores, 0).flatten(1)
    width, area = logits.shape[3], logits.shape[2] * logits.shape[3]
    # `topk` guarantees no order of equal values and a stable sort is slow, so
    # the position becomes a part of the key. The bits of floats from 0 on have
    # the order of the floats.
    order = torch.arange(flat.shape[1], device=flat.device)
    key = (flat.view(torch.int32).long() << 32) - order
    place = key.topk(min(topk, flat.shape[1])).indices
    cell = place % area
    return Peaks(
        torch.where(valid, flat.gather(1, place), torch.nan),
        place // area,
        torch.stack((cell % width, cell // width), -1),
    )


def values_at(x: Tensor, cells: Tensor) -> Tensor:
    """Values of maps at cells.

    Args:
        x (Tensor): Maps.
        cells (Tensor): `x, y`, inside the map, int64.

    Shape:
        - x: (F, D, h, w).
        - cells: (F, P, 2).
        - returns: (F, P, D) float32.
    """
    place = cells[..., 1] * x.shape[3] + cells[..., 0]
    values = x.flatten(2).transpose(1, 2)
    return values.gather(1, place[..., None].expand(-1, -1, x.shape[1])).float()
