"""Temporal shift of channels."""

from typing import Any, Tuple

import torch
from torch import Tensor


class _TemporalShift(torch.autograd.Function):
    """The shift; its gradient is the shift the other way."""

    @staticmethod
    def move(x: Tensor, num_segments: int, fold: int, step: int) -> Tensor:
        """Take channels from ``step`` frames ahead, then from behind."""
        out = torch.empty_like(x)
        new, old = (each.unflatten(0, (-1, num_segments)) for each in (out, x))
        for part, ahead in ((slice(0, fold), step), (slice(fold, 2 * fold), -step)):
            into, end = (slice(0, -1), -1) if ahead > 0 else (slice(1, None), 0)
            taken = slice(1, None) if ahead > 0 else slice(0, -1)
            new[:, into, part] = old[:, taken, part]
            new[:, end, part] = 0
        new[:, :, 2 * fold :] = old[:, :, 2 * fold :]
        return out

    @staticmethod
    def forward(ctx: Any, x: Tensor, num_segments: int, fold: int) -> Tensor:
        """Shift forwards."""
        ctx.sizes = num_segments, fold
        return _TemporalShift.move(x, num_segments, fold, 1)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Tuple[Tensor, None, None]:
        """Shift the gradient backwards."""
        return _TemporalShift.move(grad, *ctx.sizes, -1), None, None


def temporal_shift(x: Tensor, num_segments: int, shift_div: int = 8) -> Tensor:
    """Move some channels by one frame, in the memory format of the input.

    Args:
        x (Tensor): Features of frames.
        num_segments (int): Frames per view; the ends are filled with zeros.
        shift_div (int): One part of so many takes the next frame's values,
            one the previous frame's.

    Shape:
        - x: (B, C, H, W) with B = views * ``num_segments``, view-major.
        - returns: (B, C, H, W).

    Source: "TSM: Temporal Shift Module for Efficient Video Understanding",
    arXiv 1811.08383, section 3.
    """
    return _TemporalShift.apply(x, num_segments, x.shape[1] // shift_div)
