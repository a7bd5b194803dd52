"""Operations on feature maps of a batch of frames."""

import torch
from torch import Tensor


def global_mean(x: Tensor) -> Tensor:
    """Mean of each map.

    The division comes last, so that backward does not divide a full map.

    Shape:
        - x: (B, C, H, W).
        - returns: (B, C).
    """
    wide = torch.promote_types(x.dtype, torch.float32)
    mean = x.sum((2, 3), dtype=wide) / (x.shape[2] * x.shape[3])
    return mean.to(x.dtype)


def select_rows(x: Tensor, index: Tensor) -> Tensor:
    """Select frames of a batch and keep the memory format.

    Shape:
        - x: (B, C, H, W).
        - index: (K), in [0, B).
        - returns: (K, C, H, W).
    """
    if x.is_contiguous():
        return x.index_select(0, index)
    # Channels last: plain indexing would return channels first.
    return x.permute(0, 2, 3, 1).index_select(0, index).permute(0, 3, 1, 2)


def write_sums(
    out: Tensor, base: Tensor, index: Tensor, rows: Tensor, weight: Tensor, relu: bool
) -> Tensor:
    """Write `base + weight * rows` to selected frames of a batch.

    Args:
        out (Tensor): The batch; without gradients it is modified in-place.
        base (Tensor): First summand, of all frames; not modified.
        index (Tensor): Selected frames in [0, B), ascending.
        rows (Tensor): Second summand, of these frames; not modified.
        weight (Tensor): Factors of `rows`.
        relu (bool): ReLU after the sum.

    Shape:
        - out, base: (B, C, H, W).
        - index, weight: (K).
        - rows: (K, C, H, W).
        - returns: (B, C, H, W).
    """
    weight = weight.view(-1, 1, 1, 1).to(rows.dtype)
    if base.is_cuda or torch.is_grad_enabled():
        total = torch.addcmul(select_rows(base, index), rows, weight)
        total = (total.relu_() if relu else total).to(out.dtype)
        return out.index_copy(0, index, total)
    # Memory limits a CPU: consecutive frames are written as one slice.
    start = 0
    places = index.tolist()
    for stop in range(1, len(places) + 1):
        if stop == len(places) or places[stop] != places[stop - 1] + 1:
            frames = slice(places[start], places[stop - 1] + 1)
            total = out[frames]
            torch.addcmul(base[frames], rows[start:stop], weight[start:stop], out=total)
            if relu:
                total.relu_()
            start = stop
    return out


def shift_selected(
    x: Tensor, index: Tensor, num_segments: int, shift_div: int = 8
) -> Tensor:
    """Selected frames of `temporal_shift`, without shifting the others.

    Args:
        x (Tensor): Features of all frames.
        index (Tensor): Selected frames in [0, B).
        num_segments (int): Frames per view.
        shift_div (int): As for `temporal_shift`.

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
