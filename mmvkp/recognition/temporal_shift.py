"""Temporal shift of channels."""

from typing import Any, Tuple

import torch
from torch import Tensor

from .export_state import is_exporting


def _shifted(x: Tensor, num_segments: int, fold: int, step: int) -> Tensor:
    """Take `fold` channels from `step` frames later, `fold` from before."""
    out = torch.empty_like(x)
    new, old = (each.unflatten(0, (-1, num_segments)) for each in (out, x))
    for part, ahead in ((slice(0, fold), step), (slice(fold, 2 * fold), -step)):
        into, end = (slice(0, -1), -1) if ahead > 0 else (slice(1, None), 0)
        taken = slice(1, None) if ahead > 0 else slice(0, -1)
        new[:, into, part] = old[:, taken, part]
        new[:, end, part] = 0
    new[:, :, 2 * fold :] = old[:, :, 2 * fold :]
    return out


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
