"""Adaptive regional shift extractor: places the regions and follows key points."""

from typing import Optional, Sequence, Tuple, cast

import torch
from mmaction.utils import OptConfigType
from mmengine.model import BaseModule
from torch import Tensor, nn

from ..checks import check_flag, check_integer, check_positive
from ..recognition.full_precision import full_precision
from .key_points import KeyPointShifts, key_point_shifts
from .region_pooling import channels_last


class AdaptiveRegionalShiftExtractor(BaseModule):
    """Adaptive regional shift extractor (AReSE): one set of regions.

    Each frame is cut by sqrt(K) - 1 lines per axis. An MLP places them from the
    frame's pooled feature (Eq. 4 and 5). The largest cell of each region and
    channel is its key point, matched with the key points of the next frame.

    Departures from the paper:

    - The regional mean is taken over fractional regions: with whole cells the
      MLP gets no gradient.
    - The lines of each set start at a random offset from the even split:
      otherwise all sets start identical.
    - Lines keep a distance of one cell from each other and from the border.

    Args:
        in_channels (int): Channels of the map.
        num_regions (int): K, a square number. 1 is the whole map, without
            parameters. Paper: 4 (section 4.1).
        hidden_channels (int): Width of the MLP. Not in the paper; 24 gives
            its parameter count.
        adaptive (bool): Move the lines by the MLP. False: "fixed regions" of
            Table 2(b).
        normalize (bool): Divide the shifts by the size of the map. The paper
            uses cells, which dominate the other features in training from
            scratch.
        set_index (int): Number of this set among several, from 0; selects the
            initial offset of its lines.
        init_cfg (dict, optional): Initialisation as in MMEngine.

    Shape:
        - x: (N, C, T, H, W) with T >= 2 and H, W >= sqrt(K).
        - returns: (N, C, T-1, K, 2), the weighted shifts (x, y) of Eq. 12.

    Units: feature cells, or fractions of the map's size with `normalize`.

    Raises:
        TypeError: If a number is not an integer.
        ValueError: If `num_regions` is not a square number; at run time if the
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
        init_cfg: OptConfigType = None,
    ) -> None:
        super().__init__(init_cfg=init_cfg)
        owner = type(self).__name__
        check_positive(
            owner,
            in_channels=in_channels,
            num_regions=num_regions,
            hidden_channels=hidden_channels,
        )
        check_flag(owner, adaptive=adaptive, normalize=normalize)
        check_integer(owner, set_index=set_index)
        if set_index < 0:
            raise ValueError(f'{owner}: set_index={set_index} is negative.')
        self.splits = int(num_regions**0.5)
        if self.splits**2 != num_regions:
            raise ValueError(
                f'{owner}: num_regions={num_regions} is not a square number; '
                'choose one of 1, 4, 9, 16, ... (paper: 4), because both axes '
                'have the same number of bands.'
            )
        self.in_channels = in_channels
        self.num_regions = num_regions
        self.normalize = normalize
        num_lines = self.splits - 1
        # Fractions of the map's size, up to half the distance of even lines. A
        # scrambled Sobol sequence is random and keeps the sets apart.
        self.line_offsets: Tensor
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
        """Refuse a map with one frame or too few cells.

        Shape:
            - x: (N, C, T, H, W).
        """
        t, height, width = x.shape[2:]
        if t < 2:
            raise ValueError(
                f'{type(self).__name__}: the map has T={t} frame; a shift '
                'needs two. Use longer clips or a host with less temporal '
                'pooling before this map.'
            )
        if min(height, width) < self.splits:
            raise ValueError(
                f'{type(self).__name__}: num_regions={self.num_regions} cuts '
                f'each axis into {self.splits} bands of at least one cell, but '
                f'the map has {height} x {width} cells; use fewer regions or '
                'a larger map.'
            )

    def forward(self, x: Tensor) -> Tensor:
        """Extract the weighted shifts.

        Shape:
            - x: (N, C, T, H, W).
            - returns: (N, C, T-1, K, 2).
        """
        shifts = follow_key_points(x, [self]).weighted.squeeze(3)
        return self.scale(shifts, x)

    def scale(self, shifts: Tensor, x: Tensor) -> Tensor:
        """Convert shifts in cells to the unit of the output.

        Shape:
            - shifts: (..., 2), cells (x, y).
            - x: (N, C, T, H, W), the map of the shifts.
            - returns: (..., 2).
        """
        if not self.normalize:
            return shifts
        return shifts / shifts.new_tensor([x.shape[4], x.shape[3]])


def separation_lines(
    sets: Sequence[AdaptiveRegionalShiftExtractor],
    pooled: Tensor,
    size: Tuple[int, int],
) -> Tensor:
    """Place the lines of each frame (Eq. 4 and 5).

    Args:
        sets (Sequence[AdaptiveRegionalShiftExtractor]): G sets with the same number of
            regions, all adaptive or none.
        pooled (Tensor): Spatial mean of the map.
        size (tuple[int, int]): (W, H) of the map.

    Shape:
        - pooled: (N, T, C).
        - returns: (N, T, G, 2, L), cells, ascending; NaN for a pooled feature
          with NaN.
    """
    splits = sets[0].splits
    scale = pooled.new_tensor(size, dtype=torch.float)[:, None]
    even = torch.arange(1, splits, device=pooled.device) / splits
    offsets = torch.stack([each.line_offsets.float() for each in sets])
    lines = ((even + offsets) * scale).expand(*pooled.shape[:2], -1, -1, -1)
    if splits == 1:
        return lines
    mlps = [each.mlp for each in sets if each.mlp is not None]
    if mlps:
        pooled = pooled.to(cast(nn.Linear, mlps[0][0]).weight.dtype)
        moves = torch.stack([mlp(pooled) for mlp in mlps], 2).float()
        lines = lines + moves.unflatten(-1, (2, splits - 1))
    # After subtracting its rank, each line has the same allowed interval
    # and must not be smaller than the line before.
    rank = torch.arange(splits - 1, device=pooled.device)
    running = list((lines - rank).unbind(-1))
    # ONNX has no cumulative maximum.
    for i in range(1, splits - 1):
        running[i] = torch.maximum(running[i - 1], running[i])
    free = torch.stack(running, -1).clamp(min=1)
    return free.clamp(max=scale - (splits - 1)) + rank


def follow_key_points(
    x: Tensor,
    sets: Sequence[AdaptiveRegionalShiftExtractor],
    points: Optional[Tensor] = None,
) -> KeyPointShifts:
    """Place the lines of several sets and compute the shifts of their key points.

    Args:
        x (Tensor): Feature map.
        sets (Sequence[AdaptiveRegionalShiftExtractor]): G sets with the same
            number of regions.
        points (Tensor, optional): See `key_point_shifts`.

    Shape:
        - x: (N, C, T, H, W).
        - points: (N, C, T, G, K, 2).

    Raises:
        ValueError: If the map has one frame or too few cells.
    """
    sets[0].check_map(x)
    # All work on the channels of a cell at once.
    x = x.contiguous(memory_format=torch.channels_last_3d)
    pooled = channels_last(x).mean(2)
    size = (x.shape[4], x.shape[3])
    # Half precision is too coarse for positions and values of key points.
    with full_precision(x):
        return key_point_shifts(x, separation_lines(sets, pooled, size), points)
