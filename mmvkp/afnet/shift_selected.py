"""Temporal shift of selected frames."""

from torch import Tensor

from .selection import select_rows


def shift_selected(
    x: Tensor, index: Tensor, num_segments: int, shift_div: int = 8
) -> Tensor:
    """Some frames of `temporal_shift`, without shifting the others.

    Args:
        x (Tensor): Features of all frames.
        index (Tensor): Wanted frames in [0, B).
        num_segments (int): Frames per view.
        shift_div (int): As in `temporal_shift`.

    Shape:
        - x: (B, C, H, W).
        - index: (K).
        - returns: (K, C, H, W).
    """
    fold = x.shape[1] // shift_div
    out = select_rows(x, index)
    for part, step, edge in (
        (slice(0, fold), 1, num_segments - 1),
        (slice(fold, 2 * fold), -1, 0),
    ):
        outside = index % num_segments == edge
        rows = x[:, part][(index + step).clamp(0, len(x) - 1)]
        out[:, part] = rows.masked_fill(outside.view(-1, 1, 1, 1), 0)
    return out
