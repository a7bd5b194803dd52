"""Temporal shift of channels."""

from contextlib import contextmanager
from typing import Any, Iterator, Tuple

import torch
from torch import Tensor

from .export_state import is_exporting


def _shifted(x: Tensor, num_segments: int, fold: int, step: int) -> Tensor:
    """Take `fold` channels from `step` frames later, `fold` from before."""
    out = torch.empty_like(x)
    _shift_into(out, x, num_segments, fold, step)
    out[:, 2 * fold :] = x[:, 2 * fold :]
    return out


def _shift_into(
    out: Tensor, x: Tensor, num_segments: int, fold: int, step: int
) -> None:
    """Write the first `2 * fold` channels of `_shifted`."""
    new, old = (each.unflatten(0, (-1, num_segments)) for each in (out, x))
    for part, ahead in ((slice(0, fold), step), (slice(fold, 2 * fold), -step)):
        into, end = (slice(0, -1), -1) if ahead > 0 else (slice(1, None), 0)
        taken = slice(1, None) if ahead > 0 else slice(0, -1)
        new[:, into, part] = old[:, taken, part]
        new[:, end, part] = 0


def _shifted_copy(x: Tensor, num_segments: int, fold: int) -> Tensor:
    """Shift a map (B, C, H, W) without in-place operations, for exports."""
    if not fold:
        return x
    frames = x.reshape(-1, num_segments, *x.shape[1:])
    edge = torch.zeros_like(frames[:, :1, :fold])
    after = torch.cat((frames[:, 1:, :fold], edge), 1)
    before = torch.cat((edge, frames[:, :-1, fold : 2 * fold]), 1)
    out = torch.cat((after, before, frames[:, :, 2 * fold :]), 2)
    return out.reshape(x.shape)


@contextmanager
def shifted_in_place(
    x: Tensor, num_segments: int, shift_div: int = 8
) -> Iterator[Tensor]:
    """Shift a map in place and restore it at the end.

    Without gradients. It copies a quarter of the channels three times, a new map all
    channels once, which takes longer.

    Args:
        x (Tensor): Map.
        num_segments (int): See `temporal_shift`.
        shift_div (int): See `temporal_shift`.

    Shape:
        - x: (B, C, H, W), see `temporal_shift`.

    Yields:
        Tensor: `x`, shifted.
    """
    moved = x[:, : x.shape[1] // shift_div * 2]
    kept = moved.clone()
    _shift_into(moved, kept, num_segments, x.shape[1] // shift_div, 1)
    try:
        yield x
    finally:
        moved.copy_(kept)


class _TemporalShift(torch.autograd.Function):
    """The shift; its gradient is the shift in the other direction."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, num_segments: int, fold: int) -> Tensor:
        """Shift a map (B, C, H, W)."""
        ctx.sizes = num_segments, fold
        return _shifted(x, num_segments, fold, 1)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Tuple[Tensor, None, None]:
        """Shift the gradient (B, C, H, W) back."""
        num_segments, fold = ctx.sizes
        return _shifted(grad, num_segments, fold, -1), None, None


def temporal_shift(x: Tensor, num_segments: int, shift_div: int = 8) -> Tensor:
    """Shift some channels by one frame, in the memory format of the input.

    Args:
        x (Tensor): Features of frames.
        num_segments (int): Frames per view; the ends are filled with zeros.
        shift_div (int): One channel in `shift_div` takes the values of the next
            frame, another one the values of the previous frame.

    Shape:
        - x: (B, C, H, W) with B = views * `num_segments`, view-major.
        - returns: (B, C, H, W).

    Source: "TSM: Temporal Shift Module for Efficient Video Understanding",
    arXiv 1811.08383, section 3.
    """
    fold = x.shape[1] // shift_div
    if is_exporting():
        return _shifted_copy(x, num_segments, int(fold))
    return _TemporalShift.apply(x, num_segments, fold)
