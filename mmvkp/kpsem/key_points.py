"""Key points of a feature map's regions and their shifts between frames."""

from typing import NamedTuple, Optional, Tuple

import torch
from torch import Tensor

from .region_pooling import channels_last, region_argmax, regional_mean

# Added to the difference of two key points' values, to keep its reciprocal
# finite (Eq. 9 of the paper).
_VALUE_MARGIN = 0.1

# (N, C, T, G, K) as (N, T, G, K, C).
_TO_MEMORY = (0, 2, 3, 4, 1)


class KeyPointShifts(NamedTuple):
    """Key points of a batch of clips, their shifts and weights.

    Letters: N clips, C channels, T frames, G sets, K = R * R regions in
    row-major order, L = R - 1 separation lines per axis. Units are feature
    cells. The origin of `lines` is the corner of cell (0, 0). `points` are cell
    indices from 0: the centre of a cell is its index plus 0.5. The last axis
    of two is (x, y).

    Shape:
        - lines: (N, T, G, 2, L), ascending.
        - points: (N, C, T, G, K, 2), Eq. 6.
        - shifts: (N, C, T-1, G, K, 2), Eq. 10: from each key point to its
          position in the next frame.
        - weights: (N, C, T-1, G, K), Eq. 11; they sum to 1 over K.
    """

    lines: Tensor
    points: Tensor
    shifts: Tensor
    weights: Tensor

    @property
    def weighted(self) -> Tensor:
        """RKPS (Eq. 12).

        Shape:
            - returns: (N, C, T-1, G, K, 2).
        """
        return self.weights.unsqueeze(-1) * self.shifts


def key_point_shifts(
    x: Tensor, lines: Tensor, points: Optional[Tensor] = None
) -> KeyPointShifts:
    """Find the key points of all regions and their shifts between frames.

    Args:
        x (Tensor): Feature map.
        lines (Tensor): Separation lines, each region at least one cell wide; or
            NaN, see `mmvkp.kpsem.region_pooling`.
        points (Tensor, optional): Key points to use instead of those of Eq. 6.

    Shape:
        - x: (N, C, T, H, W) with T >= 2.
        - lines: (N, T, G, 2, L), cells.
        - points: (N, C, T, G, K, 2) of integers, see `KeyPointShifts`.

    Returns:
        KeyPointShifts: Differentiable in `x` through the values of the key
        points (Eq. 9) and the regional means (Eq. 11), and in `lines`
        through the regional means. The weights of a channel and frame with
        non-finite values or lines are NaN.

    Source: "Effective Action Recognition with Embedded Key Point Shifts",
    section 3.3, Eq. 6 to 12.
    """
    width = x.shape[-1]
    if points is None:
        index = region_argmax(x, lines)
    else:
        index = points[..., 1].long() * width + points[..., 0].long()
    # Axes in the order of memory: short axes are slow at the end.
    index = index.permute(_TO_MEMORY)
    values = channels_last(x).gather(2, index.flatten(2, 3)).view_as(index).float()
    place = index.float()
    # Exact, and faster than a division of integers.
    row = ((place + 0.5) / width).floor()
    points = torch.stack((place - row * width, row))
    # Eq. 9: softmax over the regions of the next frame. Sums in place: new memory
    # takes longer than the sums.
    now, after = _adjacent(values, 1)
    match = (now.unsqueeze(4) - after.unsqueeze(3)).abs_().add_(_VALUE_MARGIN)
    match = match.reciprocal_().softmax(4)
    # Eq. 8 and 10 together: the weights of a key point sum to 1, so the mean
    # difference is the mean target minus the key point.
    start, goal = _adjacent(points, 2)
    shifts = -start
    for share, target in zip(match.unbind(4), goal.unbind(4)):
        shifts.addcmul_(share, target.unsqueeze(4))
    means = regional_mean(x, lines).permute(_TO_MEMORY)
    # Zero, or NaN if a mean is not finite: the softmax would hide -inf.
    means = means + means.detach().sum(3, keepdim=True) * 0
    now, after = _adjacent(means, 1)
    weights = ((now + after) / 2).softmax(3)
    return KeyPointShifts(
        lines,
        points.permute(1, 5, 2, 3, 4, 0),
        shifts.permute(1, 5, 2, 3, 4, 0),
        weights.permute(0, 4, 1, 2, 3),
    )


def _adjacent(x: Tensor, frames: int) -> Tuple[Tensor, Tensor]:
    """Return all but the last and all but the first entry of axis `frames`."""
    count = x.shape[frames] - 1
    return x.narrow(frames, 0, count), x.narrow(frames, 1, count)
