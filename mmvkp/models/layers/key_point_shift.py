"""Key points of a feature map's regions and their shifts between frames."""
from typing import NamedTuple, Tuple

import torch
from mmengine.model import BaseModule
from torch import Tensor, nn

from ..utils import check_positive

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
    match = ((now.unsqueeze(1) - after).abs() +
             _VALUE_MARGIN).reciprocal().softmax(1)
    # Eq. 8 and 10 in one: the weights of a key point sum to 1, so the mean
    # difference is the mean target minus the key point itself.
    start, goal = _adjacent(points, 4)
    shifts = torch.stack([(match * goal[axis]).sum(1) - start[axis]
                          for axis in (0, 1)], -1)
    means = regional_mean(x, lines).movedim(-1, 0).contiguous()
    weights = (sum(_adjacent(means, 3)) / 2).softmax(0)
    return KeyPointShifts(lines, points.permute(2, 3, 4, 5, 1, 0),
                          shifts.movedim(0, 4), weights.movedim(0, -1))


def _adjacent(x: Tensor, frames: int) -> Tuple[Tensor, Tensor]:
    """Split axis ``frames`` into all but the last and all but the first."""
    count = x.shape[frames] - 1
    return x.narrow(frames, 0, count), x.narrow(frames, 1, count)


@torch.no_grad()
def region_argmax(x: Tensor, lines: Tensor) -> Tensor:
    """Index of the largest cell of every region, the first one of equals.

    A cell belongs to the region its centre lies in; a centre on a line
    belongs to the region right of or below it. Value and position of a cell
    are packed into one integer that sorts by value first, so that running
    maxima along columns and rows serve the regions of all sets at once; the
    largest integer of a region then holds the answer.

    Args:
        x (Tensor): Feature map; NaN counts as larger than any number.
        lines (Tensor): Separation lines.

    Shape:
        - x: (N, C, T, H, W).
        - lines: (N, T, G, 2, L), cells.
        - returns: (N, C, T, G, K), y * W + x, int64.

    Source: Eq. 6 of the paper; the method is ours.
    """
    n, c, t, height, width = x.shape
    num_sets, splits = lines.shape[2], lines.shape[4] + 1
    # (N*T, W, H*C): a column is one contiguous block.
    cells = x.detach().permute(0, 2, 4, 3, 1).float().contiguous()
    position = torch.arange(height * width, device=x.device)
    first_is_largest = (height * width - 1 - position).view(height, width)
    keys = _sortable_integers(cells) * (1 << 31)
    keys += first_is_largest.t()[:, :, None]
    bounds = _cell_bounds(lines, width, height).flatten(0, 1)
    keys = _band_maxima(keys.view(n * t, width, height * c), bounds[:, :, 0])
    # (N*T*G*R, H, C) with the row bounds repeated for each column band.
    rows = bounds[:, :, None, 1].expand(-1, -1, splits, -1)
    keys = _band_maxima(
        keys.reshape(-1, height, c), rows.reshape(-1, 1, splits + 1))
    index = height * width - 1 - (keys & 0x7fffffff)
    index = index.view(n, t, num_sets, splits, splits, c)
    return index.permute(0, 5, 1, 2, 4, 3).reshape(n, c, t, num_sets, -1)


def _sortable_integers(x: Tensor) -> Tensor:
    """Integers, at most 33 bits with the sign, that sort as float32 does.

    Shape:
        - x: any, float32; equal numbers (also 0.0 and -0.0) give equal ones.
        - returns: as ``x``, int64.
    """
    if not torch.jit.is_tracing():
        # Adding zero turns -0.0, whose bits sort below 0.0, into 0.0. Bits of
        # negative numbers sort the wrong way round: flip all but the sign.
        bits = (x + 0.0).view(torch.int32)
        return (bits ^ ((bits >> 31) & 0x7fffffff)).long()
    # A view of the bits cannot be traced (MMAction2's FLOPs counter traces);
    # the same order from mantissa and exponent.
    largest = torch.finfo(x.dtype).max
    mantissa, exponent = torch.frexp(x.abs().nan_to_num(nan=largest))
    size = (mantissa * (1 << 24)).long() + (exponent.long() + 149) * (1 << 23)
    size = torch.where(x == 0, torch.zeros_like(size), size)
    return torch.where(x < 0, -size, size)


def _cell_bounds(lines: Tensor, width: int, height: int) -> Tensor:
    """Turn lines (..., 2, L) into the first cells of bands (..., 2, L + 2)."""
    inner = (lines.detach() - 0.5).ceil().long()
    start = torch.zeros_like(inner[..., :1]) if inner.shape[-1] else \
        inner.new_zeros(*inner.shape[:-1], 1)
    stop = start + inner.new_tensor([width, height])[:, None]
    return torch.cat((start, inner, stop), -1)


def _band_maxima(keys: Tensor, bounds: Tensor) -> Tensor:
    """Maxima of consecutive bands along axis 1.

    Shape:
        - keys: (B, S, F).
        - bounds: (B, G, R + 1), ascending from 0 to S.
        - returns: (B, G, R, F).
    """
    batch, size, _ = keys.shape
    splits = bounds.shape[-1] - 1
    if splits == 1:
        return keys.amax(1)[:, None, None].expand(-1, bounds.shape[1], -1, -1)
    # The outer bands end at the border: running maxima from there hold the
    # answer. A band with two free ends is covered by two entries of a sparse
    # table, whose level k holds the maxima of 2^k cells from each one on.
    num_levels = size.bit_length() if splits > 2 else 0
    table = keys.new_empty(2 + num_levels, *keys.shape)
    for running, cells, back in ((table[0], range(1, size), -1),
                                 (table[1], range(size - 2, -1, -1), 1)):
        running.copy_(keys)
        for i in cells:
            torch.maximum(
                running[:, i], running[:, i + back], out=running[:, i])
    for level in range(num_levels):
        table[2 + level] = table[1 + level] if level else keys
        if level:
            step = 1 << (level - 1)
            torch.maximum(
                table[2 + level, :, :-step],
                table[1 + level, :, step:],
                out=table[2 + level, :, :-step])
    first_row = torch.arange(batch, device=keys.device)[:, None, None] * size

    def entries(which: Tensor, cell: Tensor) -> Tensor:
        row = (which * (batch * size) + first_row + cell).flatten()
        return table.flatten(0, 2).index_select(0, row).view(*cell.shape, -1)

    start, stop = bounds[..., :-1], bounds[..., 1:]
    powers = 2**torch.arange(max(num_levels, 1), device=keys.device)
    level = ((stop - start)[..., None] >= powers).sum(-1) - 1
    which, cell = 2 + level, start.clone()
    which[..., 0], cell[..., 0] = 0, stop[..., 0] - 1
    which[..., -1] = 1
    out = entries(which, cell)
    if splits > 2:
        inner = entries(which, stop - powers[level])[:, :, 1:-1]
        torch.maximum(out[:, :, 1:-1], inner, out=out[:, :, 1:-1])
    return out


def regional_mean(x: Tensor, lines: Tensor) -> Tensor:
    r"""Mean of the map over each region, cut exactly at the lines.

    The map is taken as constant within a cell. With
    :math:`S(y, x)=\int_0^y\int_0^x F`, which is bilinear between the corners
    of the cells and hence read off the cumulative sums, the integral over a
    region is the alternating sum of S at its four corners. It is linear in
    each line's position, so the lines get a gradient; where they fall on the
    borders of cells it is the plain mean of the cells.

    Args:
        x (Tensor): Feature map.
        lines (Tensor): Separation lines, within [1, W-1] and [1, H-1].

    Shape:
        - x: (N, C, T, H, W).
        - lines: (N, T, G, 2, L), cells.
        - returns: (N, C, T, G, K), float32.

    Source: P_R of Eq. 11. The paper takes the mean of whole cells, which has
    no gradient with respect to the lines; the fractional mean is ours.
    """
    n, c, t, height, width = x.shape
    num_sets, splits = lines.shape[2], lines.shape[4] + 1
    integral = x.float().cumsum(-1).cumsum(-2).flatten(3)
    size = lines.new_tensor([width, height]).expand(n, t, num_sets, 2)
    stops = torch.cat((lines, size[..., None]), -1).float()
    x_stop, y_stop = (stops[..., 0, None, :], stops[..., 1, :, None])

    def at(row: Tensor, column: Tensor) -> Tensor:
        cell = ((row - 1) * width + column - 1).expand(-1, -1, -1, splits,
                                                       splits)
        index = cell.reshape(n, 1, t, -1).expand(-1, c, -1, -1)
        return integral.gather(3, index).view(n, c, t, num_sets, splits,
                                              splits)

    x_low, y_low = x_stop.detach().long(), y_stop.detach().long()
    x_high, y_high = (x_low + 1).clamp(max=width), (y_low +
                                                    1).clamp(max=height)
    x_part, y_part = (x_stop - x_low)[:, None], (y_stop - y_low)[:, None]
    corner = torch.lerp(
        torch.lerp(at(y_low, x_low), at(y_low, x_high), x_part),
        torch.lerp(at(y_high, x_low), at(y_high, x_high), x_part), y_part)
    # What lies between a line and the one before it, along both axes.
    for axis in (-1, -2):
        inner = _adjacent(corner, corner.dim() + axis)
        corner = torch.cat((corner.narrow(axis, 0, 1), inner[1] - inner[0]),
                           axis)
    extents = stops.diff(dim=-1, prepend=torch.zeros_like(stops[..., :1]))
    area = extents[..., 1, :, None] * extents[..., 0, None, :]
    return (corner / area[:, None]).flatten(-2)


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

    def __init__(self,
                 in_channels: int,
                 num_regions: int = 4,
                 hidden_channels: int = 24,
                 adaptive: bool = True,
                 normalize: bool = False,
                 set_index: int = 0,
                 init_cfg=None) -> None:
        super().__init__(init_cfg=init_cfg)
        owner = type(self).__name__
        check_positive(
            owner,
            in_channels=in_channels,
            num_regions=num_regions,
            hidden_channels=hidden_channels)
        self.splits = int(num_regions**0.5)
        if self.splits**2 != num_regions:
            raise ValueError(
                f'{owner}: num_regions={num_regions} is no square number; '
                'every axis is cut into equally many bands, choose one of '
                '1, 4, 9, 16, ... (paper: 4).')
        self.in_channels = in_channels
        self.num_regions = num_regions
        self.normalize = normalize
        num_lines = self.splits - 1
        # Shares of the map's size: up to half the distance of even lines. A
        # scrambled Sobol sequence is random, but no two sets start together.
        offsets = torch.zeros(2, 0)
        if num_lines:
            sobol = torch.quasirandom.SobolEngine(
                2 * num_lines, scramble=True, seed=0)
            offsets = sobol.fast_forward(set_index).draw(1).view(2, -1) - 0.5
        self.register_buffer('line_offsets', offsets / self.splits)
        self.mlp = nn.Sequential(
            nn.Linear(in_channels, hidden_channels), nn.ReLU(inplace=True),
            nn.Linear(hidden_channels, 2 *
                      num_lines)) if adaptive and num_lines else None

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
                'pooling before this map.')
        if min(height, width) < self.splits:
            raise ValueError(
                f'{type(self).__name__}: num_regions={self.num_regions} cuts '
                f'each axis into {self.splits} bands of at least one cell, '
                f'the map has {height} x {width} cells; use fewer regions or '
                'a larger map.')

    def separation_lines(self, pooled: Tensor, size: Tuple[int,
                                                           int]) -> Tensor:
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
        lines = ((even + self.line_offsets.float()) *
                 scale).expand(n, t, -1, -1)
        if self.mlp is not None:
            bias = self.mlp(pooled.to(self.mlp[0].weight.dtype))
            lines = lines + bias.float().view(n, t, 2, num_lines)
        if num_lines == 0:
            return lines
        # Without its rank each line may range over the same interval, and
        # ascending order means not below the one before.
        rank = torch.arange(num_lines, device=pooled.device)
        free = (lines - rank).cummax(-1).values
        free = torch.stack([
            free[:, :, axis].clamp(1, size[axis] - num_lines)
            for axis in (0, 1)
        ], 2)
        return free + rank

    def forward(self, x: Tensor) -> Tensor:
        """Extract the weighted shifts; see the class for the shapes."""
        self.check_map(x)
        lines = self.separation_lines(
            x.mean((3, 4)).transpose(1, 2), (x.shape[4], x.shape[3]))
        shifts = key_point_shifts(x, lines.unsqueeze(2)).weighted.squeeze(3)
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
