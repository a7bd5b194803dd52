"""Maxima and means over the regions between the lines on a feature map.

Both handle many sets of lines at once. Letters: N clips, C
channels, T frames, H rows and W columns of cells, G sets, L lines per axis,
K = (L + 1) ** 2 regions in row-major order. Lines are in feature cells; the
origin is the corner of cell (0, 0).

Lines of a frame that are NaN, as from a feature map with NaN, must not become the
index of a cell: cells are then chosen by even lines, and the means are NaN.
"""

import torch
from torch import Tensor

from ..recognition.export_state import is_exporting

# Cells per chunk of frames on a CPU, to stay in its cache. On one thread, after a host,
# eight frames of 384 x 14 x 14 take 16 ms by three and 17 ms together; with memory that
# is new to the process 15 and 28 ms.
_CELLS_AT_ONCE = 1 << 18


@torch.no_grad()
def region_argmax(x: Tensor, lines: Tensor) -> Tensor:
    """Index of the largest cell of every region; the first one of equal cells.

    A cell belongs to the region of its centre; a centre on a line belongs to the
    region right of or below it. Value and position of a cell are packed into one
    integer that sorts by value first. Running maxima of these integers along
    columns and rows then give the answer for the regions of all sets.

    Args:
        x (Tensor): Feature map; NaN counts as larger than any number.
        lines (Tensor): Separation lines.

    Shape:
        - x: (N, C, T, H, W).
        - lines: (N, T, G, 2, L), cells.
        - returns: (N, C, T, G, K), y * W + x, int64.

    Source: Eq. 6 of the paper; the method is ours.
    """
    if is_exporting():
        return _masked_argmax(x, lines)
    frames, lines = x.transpose(1, 2).flatten(0, 1), lines.flatten(0, 1)
    step = len(frames)
    if x.device.type == 'cpu':
        step = max(1, _CELLS_AT_ONCE // frames.shape[1:].numel())
    parts = zip(frames.split(step), lines.split(step))
    index = torch.cat([_region_argmax(*part) for part in parts])
    return index.unflatten(0, (-1, x.shape[2])).transpose(1, 2)


def _region_argmax(x: Tensor, lines: Tensor) -> Tensor:
    """Compute `region_argmax` for frames that fit the cache.

    Shape:
        - x: (B, C, H, W).
        - lines: (B, G, 2, L), cells.
        - returns: (B, C, G, K).
    """
    n, c, height, width = x.shape
    num_sets, splits = lines.shape[1], lines.shape[3] + 1
    # (B, W, H*C): each column is one contiguous block.
    cells = x.detach().permute(0, 3, 2, 1).float().contiguous()
    position = torch.arange(height * width, device=x.device)
    first_is_largest = (height * width - 1 - position).view(height, width)
    keys = _sortable_integers(cells).mul_(1 << 31)
    keys += first_is_largest.t()[:, :, None]
    bounds = _cell_bounds(lines, width, height)
    keys = _band_maxima(keys.view(n, width, height * c), bounds[:, :, 0])
    # (B*G*R, H, C) with the row bounds repeated for each column band.
    rows = bounds[:, :, None, 1].expand(-1, -1, splits, -1).flatten(0, 2)
    keys = _band_maxima(keys.reshape(n * num_sets * splits, height, c), rows[:, None])
    index = height * width - 1 - (keys & 0x7FFFFFFF)
    index = index.view(n, num_sets, splits, splits, c)
    return index.permute(0, 4, 1, 3, 2).flatten(3)


def _sortable_integers(x: Tensor) -> Tensor:
    """Map float32 to integers of at most 33 bits with the same order.

    Equal numbers, also 0.0 and -0.0, give equal integers.

    Shape:
        - x: any shape, float32.
        - returns: the same shape, int64.
    """
    # Adding zero turns -0.0, whose bits sort below 0.0, into 0.0. The bits of
    # negative numbers sort in reverse: flip all but the sign.
    bits = (x + 0.0).view(torch.int32)
    bits ^= (bits >> 31).bitwise_and_(0x7FFFFFFF)
    return bits.long()


def _masked_argmax(x: Tensor, lines: Tensor) -> Tensor:
    """Compute `region_argmax` with operations that traces and ONNX have.

    The first largest cell of each row within a column band, then the first largest
    row within a row band: the result is the first largest cell of the region.

    Shape:
        - x: (N, C, T, H, W).
        - lines: (N, T, G, 2, L), cells.
        - returns: (N, C, T, G, K).
    """
    height, width = x.shape[3:]
    bounds = _cell_bounds(lines, width, height)[:, None]
    columns, rows = (
        (place >= bounds[..., axis, :-1, None]) & (place < bounds[..., axis, 1:, None])
        for axis, place in enumerate(
            torch.arange(size, device=x.device) for size in (width, height)
        )
    )
    cells = x.detach().float()[:, :, :, None, None]
    # (N, C, T, G, R, H, W), column bands in axis 4.
    cells = torch.where(columns.unsqueeze(-2), cells, -torch.inf)
    # (N, C, T, G, R, R, H), row bands in axis 4.
    values = torch.where(rows.unsqueeze(-2), cells.amax(-1).unsqueeze(4), -torch.inf)
    row = values.argmax(-1)
    column = cells.argmax(-1).unsqueeze(4).expand(values.shape)
    column = column.gather(-1, row.unsqueeze(-1)).squeeze(-1)
    return (row * width + column).flatten(4)


def _lines_for_cells(lines: Tensor, width: int, height: int) -> Tensor:
    """Lines without gradient; even ones instead of lines with NaN.

    Shape:
        - lines: (..., 2, L), cells.
        - returns: (..., 2, L), finite.
    """
    num_lines = lines.shape[-1]
    even = torch.arange(1, num_lines + 1, device=lines.device) / (num_lines + 1)
    even = even * lines.new_tensor([width, height])[:, None]
    lines = lines.detach()
    return torch.where(lines.isnan().any(-1, keepdim=True), even, lines)


def _cell_bounds(lines: Tensor, width: int, height: int) -> Tensor:
    """First cells of the bands between lines, and the end.

    Shape:
        - lines: (..., 2, L), cells.
        - returns: (..., 2, L + 2), int64.
    """
    inner = (_lines_for_cells(lines, width, height) - 0.5).ceil().long()
    start = inner.new_zeros(*inner.shape[:-1], 1)
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
    # The outer bands end at the border: running maxima from there give the
    # result. An inner band is covered by two entries of a sparse table, whose
    # level k holds the maxima of the 2^k cells that start at each cell.
    num_levels = size.bit_length() if splits > 2 else 0
    table = keys.new_empty(2 + num_levels, *keys.shape)
    for running, cells, back in (
        (table[0], range(1, size), -1),
        (table[1], range(size - 2, -1, -1), 1),
    ):
        first = cells[0] + back
        running[:, first] = keys[:, first]
        for i in cells:
            torch.maximum(keys[:, i], running[:, i + back], out=running[:, i])
    if num_levels:
        table[2] = keys
    for k in range(1, num_levels):
        table[2 + k] = table[1 + k]
        step = 1 << (k - 1)
        lower = table[2 + k, :, :-step]
        torch.maximum(lower, table[1 + k, :, step:], out=lower)
    first_row = torch.arange(batch, device=keys.device)[:, None, None] * size

    def entries(which: Tensor, cell: Tensor) -> Tensor:
        """Table entries by table and cell (B, G, R); returns (B, G, R, F)."""
        row = (which * (batch * size) + first_row + cell).flatten()
        return table.flatten(0, 2).index_select(0, row).view(*cell.shape, keys.shape[2])

    start, stop = bounds[..., :-1], bounds[..., 1:]
    powers = 2 ** torch.arange(max(num_levels, 1), device=keys.device)
    level = ((stop - start)[..., None] >= powers).sum(-1) - 1
    which, cell = level + 2, start.clone()
    which[..., 0], cell[..., 0] = 0, stop[..., 0] - 1
    which[..., -1] = 1
    out = entries(which, cell)
    if splits > 2:
        inner = entries(which, stop - powers[level])[:, :, 1:-1]
        torch.maximum(out[:, :, 1:-1], inner, out=out[:, :, 1:-1])
    return out


def regional_mean(x: Tensor, lines: Tensor) -> Tensor:
    r"""Mean of the map over each region, cut exactly at the lines.

    The map is constant within a cell. :math:`S(y, x)=\int_0^y\int_0^x F` is
    bilinear between the corners of the cells, so it is interpolated from
    cumulative sums. The integral over a region is the alternating sum of S at
    its four corners. It is linear in the position of each line, so the lines
    get a gradient. With lines on the borders of cells it is the mean of the
    cells.

    Args:
        x (Tensor): Feature map.
        lines (Tensor): Separation lines, within [1, W-1] and [1, H-1].

    Shape:
        - x: (N, C, T, H, W).
        - lines: (N, T, G, 2, L), cells.
        - returns: (N, C, T, G, K), float32.

    Source: P_R of Eq. 11. The paper uses the mean of whole cells, which has no
    gradient with respect to the lines; the fractional mean is ours.
    """
    n, c, t, height, width = x.shape
    num_sets, splits = lines.shape[2], lines.shape[4] + 1
    integral = x.float().cumsum(-1).cumsum(-2).flatten(3)
    size = lines.new_tensor([width, height]).expand(n, t, num_sets, 2)
    stops = torch.cat((lines, size[..., None]), -1).float()
    x_stop, y_stop = (stops[..., 0, None, :], stops[..., 1, :, None])

    def at(row: Tensor, column: Tensor) -> Tensor:
        """Integral up to a row (N, T, G, R, 1) and a column (N, T, G, 1, R)."""
        cell = ((row - 1) * width + column - 1).expand(-1, -1, -1, splits, splits)
        index = cell.flatten(2)[:, None].expand(-1, c, -1, -1)
        return integral.gather(3, index).view(n, c, t, num_sets, splits, splits)

    cells = _lines_for_cells(lines, width, height)
    cells = torch.cat((cells, size[..., None]), -1).long()
    x_low, y_low = cells[..., 0, None, :], cells[..., 1, :, None]
    x_high, y_high = (x_low + 1).clamp(max=width), (y_low + 1).clamp(max=height)
    x_part, y_part = (x_stop - x_low)[:, None], (y_stop - y_low)[:, None]
    corner = torch.lerp(
        torch.lerp(at(y_low, x_low), at(y_low, x_high), x_part),
        torch.lerp(at(y_high, x_low), at(y_high, x_high), x_part),
        y_part,
    )
    # Integrals between neighbouring lines, along both axes.
    for axis in (-1, -2):
        corner = torch.cat((corner.narrow(axis, 0, 1), corner.diff(dim=axis)), axis)
    extents = stops.diff(dim=-1, prepend=torch.zeros_like(stops[..., :1]))
    area = extents[..., 1, :, None] * extents[..., 0, None, :]
    return (corner / area[:, None]).flatten(-2)
