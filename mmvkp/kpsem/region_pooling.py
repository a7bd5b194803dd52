"""Maxima and means over the regions between the lines on a feature map.

Both handle many sets of lines at once. Letters: N clips, C
channels, T frames, H rows and W columns of cells, G sets, L lines per axis,
K = (L + 1) ** 2 regions in row-major order. Lines are in feature cells; the
origin is the corner of cell (0, 0).

Lines of a frame that are NaN, as from a feature map with NaN, must not become the
index of a cell: cells are then chosen by even lines, and the means are NaN.
"""

from typing import Tuple

import torch
from torch import Tensor
from torch.nn.functional import embedding_bag, max_pool2d_with_indices

from ..compat import is_compiling
from ..recognition.export_state import is_exporting


@torch.no_grad()
def region_argmax(x: Tensor, lines: Tensor) -> Tensor:
    """Index of the largest cell of every region; the first one of equal cells.

    A cell belongs to the region of its centre; a centre on a line belongs to the
    region right of or below it. In a map with NaN any cell may be found.

    Args:
        x (Tensor): Feature map.
        lines (Tensor): Separation lines.

    Shape:
        - x: (N, C, T, H, W).
        - lines: (N, T, G, 2, L), cells.
        - returns: (N, C, T, G, K), y * W + x, int64; channels are last in memory.

    Source: Eq. 6 of the paper; the method is ours.
    """
    on_cpu = x.device.type == 'cpu' and x.numel() > 0
    if on_cpu and not (is_exporting() or is_compiling()):
        return _argmax_of_windows(x, lines)
    if lines.shape[4] <= 1:
        return _argmax_around_lines(x, lines)
    return _masked_argmax(x, lines)


def _argmax_of_windows(x: Tensor, lines: Tensor) -> Tensor:
    """Compute `region_argmax` on a CPU: one call of a max pooling for each region.

    Shape:
        - x: (N, C, T, H, W).
        - lines: (N, T, G, 2, L), cells.
        - returns: (N, C, T, G, K).
    """
    n, channels, t, height, width = x.shape
    bounds = _cell_bounds(lines, width, height).flatten(0, 1)
    columns, rows = (bounds[:, :, axis].tolist() for axis in (0, 1))
    # A pooling copies its input unless the rows of the window follow each other in
    # memory: it gets whole rows, from the first cell of the window on. The last ones
    # end after the last frame.
    cells = torch.empty(n * t * height * width + width, channels, dtype=torch.float)
    cells[:-width].view(n, t, height, width, channels).copy_(x.permute(0, 2, 3, 4, 1))
    strides = (cells.numel(), 1, width * channels, channels)
    found, first = [], []
    for frame, of_sets in enumerate(zip(columns, rows)):
        for x_bounds, y_bounds in zip(*of_sets):
            for y, below in zip(y_bounds, y_bounds[1:]):
                for left, right in zip(x_bounds, x_bounds[1:]):
                    first.append(y * width + left)
                    start = frame * height * width + first[-1]
                    window = cells.as_strided(
                        (1, channels, below - y, width), strides, start * channels
                    )
                    size = (below - y, right - left)
                    found.append(
                        max_pool2d_with_indices(window, size, (height, width))[1]
                    )
    index = torch.cat(found).flatten(1) + torch.tensor(first)[:, None]
    return index.view(n, t, lines.shape[2], -1, channels).permute(0, 4, 1, 2, 3)


def channels_last(x: Tensor) -> Tensor:
    """View the cells of each frame as rows.

    Shape:
        - x: (N, C, T, H, W).
        - returns: (N, T, H * W, C).
    """
    return x.permute(0, 2, 3, 4, 1).flatten(2, 3)


def _argmax_around_lines(x: Tensor, lines: Tensor) -> Tensor:
    """Compute `region_argmax` for at most one line per axis.

    Running maxima from both borders, first along the rows, then along the columns,
    have the maxima before and after each line.

    Shape:
        - x: (N, C, T, H, W).
        - lines: (N, T, G, 2, L), cells.
        - returns: (N, C, T, G, K).
    """
    n, channels, t, height, width = x.shape
    num_sets, splits = lines.shape[2], lines.shape[4] + 1
    # The axis of the maxima first: then each step reads and writes one block.
    values = channels_last(x.detach()).float().reshape(-1, width, channels)
    values = values.transpose(0, 1)
    place = torch.arange(width, dtype=torch.float, device=x.device)
    values, place = _running_maxima(values, place.view(-1, 1, 1).expand_as(values))
    # First cells right of and below the lines.
    columns, rows = _cell_bounds(lines, width, height)[..., 1].unbind(-1)
    frame = torch.arange(n * t, device=x.device).view(n, t, 1)

    def around(line: Tensor, size: int) -> Tensor:
        """The maxima before and after a line; (N, T, G) to (R, N, T, G)."""
        return torch.stack((line - 1, line + size)[:splits])

    # (H, R, N, T, G) rows of the table.
    entry = (around(columns, width) * (n * t) + frame) * height
    row = torch.arange(height, device=x.device)[:, None]
    entry = (entry.flatten() + row).flatten()
    values, place = (
        table.flatten(0, 1).index_select(0, entry).view(height, -1, channels)
        for table in (values, place)
    )
    place = place + row[..., None] * float(width)
    _, place = _running_maxima(values, place)
    # (N, T, G, R, R), above and below a line first.
    entry = around(rows, height).unsqueeze(1) * (splits * n * t * num_sets)
    one = torch.arange(splits * n * t * num_sets, device=x.device)
    entry = (entry + one.view(splits, n, t, num_sets)).permute(2, 3, 4, 0, 1)
    place = place.flatten(0, 1).index_select(0, entry.flatten())
    place = place.view(n, t, num_sets, splits**2, channels)
    return place.permute(0, 4, 1, 2, 3).long()


def _running_maxima(values: Tensor, places: Tensor) -> Tuple[Tensor, Tensor]:
    """First maxima from the start to each entry, and from each entry to the end.

    Args:
        values (Tensor): S entries.
        places (Tensor): Their places.

    Shape:
        - values, places: (S, ...).
        - returns: maxima and their places, (2 * S, ...).
    """
    size = len(values)
    largest, found = list(values.unbind() * 2), list(places.unbind() * 2)
    for order, is_later in (
        (range(size), torch.gt),
        (range(2 * size - 1, size - 1, -1), torch.ge),
    ):
        for before, now in zip(order, order[1:]):
            # 1 or 0: ONNX Runtime takes several times as long to choose by a mask.
            later = is_later(largest[now], largest[before]).float()
            change = found[now] - found[before]
            found[now] = found[before] + later * change
            largest[now] = torch.maximum(largest[before], largest[now])
    return torch.stack(largest), torch.stack(found)


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


def regional_mean(x: Tensor, lines: Tensor) -> Tensor:
    """Mean of the map over each region, cut exactly at the lines.

    A cell that a line cuts counts with its covered part, so the mean is linear in
    the position of each line, and the lines get a gradient. With lines on the
    borders of cells it is the mean of the cells. A frame and channel with a cell that
    is not finite has means that are not finite.

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
    columns, rows = (
        _shares(lines[..., axis, :], size)
        for axis, size in enumerate((x.shape[4], x.shape[3]))
    )
    # (N, T, G, K, H * W).
    weights = rows[..., :, None, :, None] * columns[..., None, :, None, :]
    weights = weights.flatten(5).flatten(3, 4)
    cells = channels_last(x).float()
    # MACs are counted on the meta device as well, and do not include poolings.
    if is_exporting() and x.device.type != 'meta':
        means = weights.flatten(2, 3) @ cells
    else:
        # The same as bags of rows with weights.
        n, t, size, channels = cells.shape
        cell = torch.arange(n * t * size, device=x.device).view(n, t, 1, 1, size)
        means = embedding_bag(
            cell.expand_as(weights).flatten(0, 3),
            cells.contiguous().flatten(0, 2),
            per_sample_weights=weights.flatten(0, 3),
            mode='sum',
        )
    return means.view(*weights.shape[:4], x.shape[1]).permute(0, 4, 1, 2, 3)


def _shares(lines: Tensor, size: int) -> Tensor:
    """Share of each cell in the extent of each band along one axis.

    Shape:
        - lines: (..., L), cells.
        - returns: (..., L + 1, size); they sum to 1 over the cells.
    """
    end = lines.new_full((*lines.shape[:-1], 1), size)
    stops = torch.cat((lines, end), -1).float()[..., None]
    # The part of each cell before each stop. The gradient of a line on the border of
    # two cells belongs to the cell after it.
    last = stops.detach().floor()
    place = torch.arange(size, device=lines.device)
    before = (place < last) + (place == last) * (stops - last)
    return _differences(before) / _differences(stops)


def _differences(x: Tensor) -> Tensor:
    """Differences to the entry before along axis -2; the first one stays."""
    return torch.cat((x[..., :1, :], x.diff(dim=-2)), -2)
