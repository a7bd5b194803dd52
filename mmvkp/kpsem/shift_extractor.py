"""Key points of a feature map's regions and their shifts between frames."""

from typing import NamedTuple, Sequence, Tuple

import torch
from mmengine.model import BaseModule
from torch import Tensor, nn

from ..checks import check_positive
from .region_pooling import region_argmax, regional_mean

# Added to the difference of two key points' values, so that its reciprocal
# stays finite (Eq. 9 of the paper).
_VALUE_MARGIN = 0.1


class KeyPointShifts(NamedTuple):
    """What is known of the key points of a batch of clips.

    Letters: N clips, C channels, T frames, G sets, K = R * R regions in
    row-major order, L = R - 1 separation lines per axis. Units are feature
    cells; the origin of ``lines`` is the corner of cell (0, 0), ``points``
    are cell indices counted from 0, so that a cell's centre is its index
    plus 0.5. Every last axis of two is (x, y).

    Shape:
        - lines: (N, T, G, 2, L), ascending.
        - points: (N, C, T, G, K, 2), Eq. 6.
        - shifts: (N, C, T-1, G, K, 2), Eq. 10: from each key point to where
          it went in the next frame.
        - weights: (N, C, T-1, G, K), Eq. 11; they sum to 1 over K.
    """

    lines: Tensor
    points: Tensor
    shifts: Tensor
    weights: Tensor

    @property
    def weighted(self) -> Tensor:
        """RKPS (Equation 12), shaped as `shifts`."""
        return self.weights.unsqueeze(-1) * self.shifts


def key_point_shifts(x: Tensor, lines: Tensor) -> KeyPointShifts:
    """Find the key points of all regions and follow them between frames.

    Args:
        x (Tensor): Feature map.
        lines (Tensor): Separation lines, each region at least one cell wide.

    Shape:
        - x: (N, C, T, H, W) with T >= 2.
        - lines: (N, T, G, 2, L), cells.

    Returns:
        KeyPointShifts: Differentiable in ``x`` through the values of the key
        points (Eq. 9) and the regional means (Eq. 11), and in ``lines``
        through the regional means.

    Source: "Effective Action Recognition with Embedded Key Point Shifts",
    section 3.3, Eq. 6 to 12.
    """
    width = x.shape[-1]
    index = region_argmax(x, lines)
    values = x.flatten(3).gather(3, index.flatten(3)).view_as(index)
    # Regions come first from here on: a softmax over a short last axis is
    # several times slower than all else.
    values = values.movedim(-1, 0).float().contiguous()
    by_region = index.movedim(-1, 0).contiguous()
    points = torch.stack((by_region % width, by_region // width)).float()
    # Eq. 9: softmax over the regions of the next frame.
    now, after = _adjacent(values, 3)
    match = ((now.unsqueeze(1) - after).abs() + _VALUE_MARGIN).reciprocal().softmax(1)
    # Eq. 8 and 10 in one: the weights of a key point sum to 1, so the mean
    # difference is the mean target minus the key point itself.
    start, goal = _adjacent(points, 4)
    shifts = torch.stack(
        [(match * goal[axis]).sum(1) - start[axis] for axis in (0, 1)], -1
    )
    means = regional_mean(x, lines).movedim(-1, 0).contiguous()
    weights = (sum(_adjacent(means, 3)) / 2).softmax(0)
    return KeyPointShifts(
        lines,
        points.permute(2, 3, 4, 5, 1, 0),
        shifts.movedim(0, 4),
        weights.movedim(0, -1),
    )


def _adjacent(x: Tensor, frames: int) -> Tuple[Tensor, Tensor]:
    """Split axis ``frames`` into all but the last and all but the first."""
    count = x.shape[frames] - 1
    return x.narrow(frames, 0, count), x.narrow(frames, 1, count)


class AdaptiveRegionalShiftExtractor(BaseModule):
    """Adaptive regional shift extractor (AReSE): one set of regions.

    Each frame is cut by sqrt(K) - 1 lines per axis, placed by an MLP from
    the frame's pooled feature (Eq. 4 and 5); the largest cell of each region
    and channel is its key point, followed into the next frame.

    Departures from the paper: the regional mean is taken over the fractional
    regions, since with whole cells the MLP would get no gradient; the lines
    of a set start at a random place around the even split, since all sets
    would start as one otherwise; lines keep one cell's distance from each
    other and from the border.

    Args:
        in_channels (int): Channels of the incoming map.
        num_regions (int): K, a square number. 1 takes the whole map and has
            no parameters. Paper: 4 (section 4.1).
        hidden_channels (int): Width of the MLP. Not stated in the paper;
            24 is the value that gives its parameter count.
        adaptive (bool): Whether the MLP moves the lines. Without it they
            stay where they start: "fixed regions" of Table 2(b).
        normalize (bool): Divide the shifts by the size of the map. The
            paper's are raw cells, which drown the other features when a
            network is trained from scratch.
        set_index (int): Number of this set among several, from 0; decides
            where its lines start.
        init_cfg (dict, optional): Initialisation as in MMEngine.

    Shape:
        - x: (N, C, T, H, W) with T >= 2 and H, W >= sqrt(K).
        - returns: (N, C, T-1, K, 2), the weighted shifts (x, y) of Eq. 12.

    Units: feature cells, or shares of the map's size with ``normalize``.

    Raises:
        TypeError: If a number is no integer.
        ValueError: If ``num_regions`` is no square, or at run time if the
            map has one frame or fewer cells than regions along an axis.

    Source: "Effective Action Recognition with Embedded Key Point Shifts",
    section 3.3.
    """

    def __init__(
        self,
        in_channels: int,
        num_regions: int = 4,
        hidden_channels: int = 24,
        adaptive: bool = True,
        normalize: bool = False,
        set_index: int = 0,
        init_cfg=None,
    ) -> None:
        super().__init__(init_cfg=init_cfg)
        owner = type(self).__name__
        check_positive(
            owner,
            in_channels=in_channels,
            num_regions=num_regions,
            hidden_channels=hidden_channels,
        )
        self.splits = int(num_regions**0.5)
        if self.splits**2 != num_regions:
            raise ValueError(
                f'{owner}: num_regions={num_regions} is no square number; '
                'every axis is cut into equally many bands, choose one of '
                '1, 4, 9, 16, ... (paper: 4).'
            )
        self.in_channels = in_channels
        self.num_regions = num_regions
        self.normalize = normalize
        num_lines = self.splits - 1
        # Shares of the map's size: up to half the distance of even lines. A
        # scrambled Sobol sequence is random, but no two sets start together.
        offsets = torch.zeros(2, 0)
        if num_lines:
            sobol = torch.quasirandom.SobolEngine(2 * num_lines, scramble=True, seed=0)
            offsets = sobol.fast_forward(set_index).draw(1).view(2, -1) - 0.5
        self.register_buffer('line_offsets', offsets / self.splits)
        self.mlp = (
            nn.Sequential(
                nn.Linear(in_channels, hidden_channels),
                nn.ReLU(inplace=True),
                nn.Linear(hidden_channels, 2 * num_lines),
            )
            if adaptive and num_lines
            else None
        )

    def check_map(self, x: Tensor) -> None:
        """Refuse a map that has no shifts or too few cells.

        Shape:
            - x: (N, C, T, H, W).
        """
        _, _, t, height, width = x.shape
        if t < 2:
            raise ValueError(
                f'{type(self).__name__}: the map has T={t} frame; a shift '
                'needs two. Use longer clips or a host with less temporal '
                'pooling before this map.'
            )
        if min(height, width) < self.splits:
            raise ValueError(
                f'{type(self).__name__}: num_regions={self.num_regions} cuts '
                f'each axis into {self.splits} bands of at least one cell, '
                f'the map has {height} x {width} cells; use fewer regions or '
                'a larger map.'
            )

    def separation_lines(self, pooled: Tensor, size: Tuple[int, int]) -> Tensor:
        """Place the lines of each frame (Eq. 4 and 5).

        Args:
            pooled (Tensor): Spatial mean of the map.
            size (tuple[int, int]): (W, H) of the map.

        Shape:
            - pooled: (N, T, C).
            - returns: (N, T, 2, L), cells, ascending.
        """
        n, t, _ = pooled.shape
        num_lines = self.splits - 1
        scale = self.line_offsets.new_tensor(size).float()[:, None]
        even = torch.arange(1, self.splits, device=pooled.device) / self.splits
        lines = ((even + self.line_offsets.float()) * scale).expand(n, t, -1, -1)
        if self.mlp is not None:
            bias = self.mlp(pooled.to(self.mlp[0].weight.dtype))
            lines = lines + bias.float().view(n, t, 2, num_lines)
        if num_lines == 0:
            return lines
        # Without its rank each line may range over the same interval, and
        # ascending order means not below the one before.
        rank = torch.arange(num_lines, device=pooled.device)
        free = (lines - rank).cummax(-1).values
        free = torch.stack(
            [free[:, :, axis].clamp(1, size[axis] - num_lines) for axis in (0, 1)], 2
        )
        return free + rank

    def forward(self, x: Tensor) -> Tensor:
        """Extract the weighted shifts; see the class for the shapes."""
        shifts = follow_key_points(x, [self]).weighted.squeeze(3)
        return self.scale(shifts, x)

    def scale(self, shifts: Tensor, x: Tensor) -> Tensor:
        """Bring shifts in cells to the unit that was asked for.

        Shape:
            - shifts: (..., 2), cells (x, y).
            - x: (N, C, T, H, W), the map they come from.
            - returns: as ``shifts``.
        """
        if not self.normalize:
            return shifts
        return shifts / shifts.new_tensor([x.shape[4], x.shape[3]])


def follow_key_points(
    x: Tensor, sets: Sequence[AdaptiveRegionalShiftExtractor]
) -> KeyPointShifts:
    """Place the lines of several sets and follow the key points of all.

    Args:
        x (Tensor): Feature map.
        sets (Sequence[AdaptiveRegionalShiftExtractor]): G sets that cut the
            map into equally many regions.

    Shape:
        - x: (N, C, T, H, W).

    Raises:
        ValueError: If the map has one frame or too few cells.
    """
    sets[0].check_map(x)
    pooled = x.mean((3, 4)).transpose(1, 2)
    size = (x.shape[4], x.shape[3])
    # Places and values of key points have too few bits in half precision.
    with torch.autocast(x.device.type, enabled=False):
        lines = [each.separation_lines(pooled, size) for each in sets]
        return key_point_shifts(x, torch.stack(lines, 2))
