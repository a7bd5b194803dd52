"""Cells of feature maps: selection, order and scaling of their scores."""

from functools import lru_cache
from typing import Tuple

import numpy as np
import torch
from torch import Tensor

from ..compat import is_compiling
from ..recognition.export_state import keep_traced_size

# A clip whose scores differ by less has no keypoints, and division by less could
# give gradients that are not finite.
_FLAT = 1e-12


def take_cells(x: Tensor, index: Tensor) -> Tensor:
    """Features of selected cells of each clip.

    Args:
        x (Tensor): Map.
        index (Tensor): Cells.

    Shape:
        - x: (N, T, C, H, W).
        - index: (N, L) int64, cells counted from 0 in the order (t, y, x).
        - returns: (N, C, L).
    """
    number, channels = x.shape[0], x.shape[2]
    rows = x.permute(0, 1, 3, 4, 2)
    if rows.is_contiguous() and not _is_recorded():
        # With channels last a cell is contiguous in memory.
        rows = rows.flatten(1, 3)
        first = torch.arange(number, device=x.device) * rows.shape[1]
        taken = rows.flatten(0, 1).index_select(0, (index + first[:, None]).flatten())
        return taken.view(number, -1, channels).transpose(1, 2)
    flat = x.transpose(1, 2).flatten(2)
    return flat.gather(2, index.unsqueeze(1).expand(-1, channels, -1))


def _is_recorded() -> bool:
    """True in tracing and export: layout and number of clips may change later."""
    return torch.jit.is_tracing() or is_compiling()


def keep_map_size(heatmap: Tensor) -> Tensor:
    """Make a traced network refuse maps of another size.

    The number and the order of the points are constants of a trace.

    Args:
        heatmap (Tensor): Scores of the cells.

    Shape:
        - heatmap: (N, T, H, W).
        - returns: as `heatmap`.
    """
    if not torch.jit.is_tracing():
        return heatmap
    t, height, width = (int(size) for size in heatmap.shape[1:])
    if torch.onnx.is_in_onnx_export():
        # The number of cells first: a single row or column would be expanded.
        flat = heatmap.flatten(1)
        heatmap = flat.view(flat.shape[0], t * height * width).view_as(heatmap)
        return heatmap.expand(-1, t, height, width)
    return keep_traced_size(heatmap, 'AKNet')


def best_first(scores: Tensor, number: int) -> Tensor:
    """Positions of the highest scores; equal scores are in order of position.

    Scores that are nan count as the highest.

    Args:
        scores (Tensor): Scores.
        number (int): Scores to select.

    Shape:
        - scores: (N, P).
        - returns: (N, number) int64.
    """
    if torch.onnx.is_in_onnx_export():
        # ONNX has no stable sort, but its TopK prefers the lower position.
        return scores.topk(number).indices
    return scores.sort(dim=1, descending=True, stable=True).indices[:, :number]


def best_in_order(scores: Tensor, number: int, order: Tensor, rank: Tensor) -> Tensor:
    """Positions that `best_first` selects, in another order.

    Args:
        scores (Tensor): Scores.
        number (int): Scores to select.
        order (Tensor): All positions in order.
        rank (Tensor): Place of each position in `order`.

    Shape:
        - scores: (N, P).
        - order, rank: (P,) int64.
        - returns: (N, number) int64.
    """
    if _is_recorded() or scores.device.type != 'cpu' or bool(scores.isnan().any()):
        return order[rank[best_first(scores, number)].sort(1).values]
    # On a CPU a quarter of the time of two sorts: all above the lowest selected score,
    # and as many that equal it as are missing, in order of position.
    lowest = scores.kthvalue(scores.shape[1] - number + 1, 1, True).values
    above, equal = scores > lowest, scores == lowest
    missing = number - above.sum(1, keepdim=True)
    chosen = above | (equal & (equal.cumsum(1) <= missing))
    return order[chosen[:, order].nonzero()[:, 1]].view(-1, number)


def rank_cells(t: int, height: int, width: int, tau: float) -> np.ndarray:
    """Cells of a map in descending order of x + y + tau * t (Eq. 7).

    Args:
        t (int): Frames.
        height (int): Rows.
        width (int): Columns.
        tau (float): Weight of time.

    Returns:
        np.ndarray: Shape (t * height * width,) int64: cells, counted from 0 in the
        order (t, y, x) of the map; equal sums keep that order.
    """
    frame, row, column = np.indices((t, height, width))
    return np.argsort(-(column + row + tau * frame).ravel(), kind='stable')


@lru_cache(maxsize=8)
def rank_tables(
    t: int, height: int, width: int, tau: float
) -> Tuple[np.ndarray, np.ndarray]:
    """Cells in ranked order, and the rank of each cell.

    Args:
        t (int): Frames.
        height (int): Rows.
        width (int): Columns.
        tau (float): Weight of time.

    Returns:
        tuple[np.ndarray, np.ndarray]: Shape (t * height * width,) int64 each.
    """
    order = rank_cells(t, height, width, tau)
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    return order, rank


def min_max(heatmap: Tensor) -> Tensor:
    """Scale the heatmap of each clip to [0, 1].

    The paper uses the unbounded H in Eq. 14 and 15, where 4H (1 - H) has no lower
    bound. Scaling keeps the order of all cells.

    Args:
        heatmap (Tensor): Scores of the cells.

    Shape:
        - heatmap: (N, T, H, W).
        - returns: (N, T, H, W); zeros without a gradient for a clip of equal
          cells.
    """
    # Halves, because the difference of very large numbers can overflow.
    flat = heatmap.flatten(1) / 2
    low = flat.min(1, keepdim=True).values
    size = flat.max(1, keepdim=True).values - low
    flat_clip = size <= _FLAT
    scaled = (flat - low) / torch.where(flat_clip, torch.ones_like(size), size)
    return torch.where(flat_clip, torch.zeros_like(scaled), scaled).view_as(heatmap)
