"""Gaussians of heatmaps: their radius and their drawing.

Read for this: CenterNet (xingyizhou/CenterNet, MIT) for the size and the window
of a Gaussian, MMDetection (Apache-2.0) for the second formula of the radius. The
code is our own.
"""

from typing import Optional, Tuple

import torch
from torch import Tensor

from ..checks import check_choice

RADIUS_KINDS = ('cornernet', 'mmdet')
# Overlaps of CenterNet and MOC, and of MMDetection's CenterNet.
MIN_OVERLAPS = {'cornernet': 0.7, 'mmdet': 0.3}


def gaussian_radius(
    sizes: Tensor, kind: str = 'cornernet', min_overlap: Optional[float] = None
) -> Tensor:
    """Largest shift of the corners of a box that keeps an overlap.

    For a box of w x h and an overlap o, three quadratic equations
    `a r^2 + b r + c = 0` give the r for which a box with both corners moved by r
    has an IoU of o: one corner inside and one outside (1), both inside (2), both
    outside (3). 'mmdet' takes the correct root of each. 'cornernet' is the code
    of CornerNet, with which CenterNet and MOC train: it takes the larger root of
    the first two and omits the division by `a`. Therefore the third equation
    always decides, with `4 o` times its true value.

    Args:
        sizes (Tensor): Width and height of boxes, in cells.
        kind (str): 'cornernet' or 'mmdet'.
        min_overlap (float, optional): o, in (0, 1). Default: the usual value of
            the kind, 0.7 or 0.3.

    Shape:
        - sizes: (..., 2).
        - returns: (...) radii in cells, not rounded, same dtype.

    Raises:
        ValueError: If the kind is unknown or the overlap out of range.

    Source: Law and Deng, "CornerNet", arXiv:1808.01244, section 3.2.
    """
    check_choice('gaussian_radius', 'kind', kind, RADIUS_KINDS)
    o = MIN_OVERLAPS[kind] if min_overlap is None else min_overlap
    if not 0 < o < 1:
        raise ValueError(
            f'gaussian_radius: min_overlap={o} is outside '
            f'(0, 1); {kind} is used with {MIN_OVERLAPS[kind]}.'
        )
    total, area = sizes.sum(-1), sizes.prod(-1)
    root1 = (total**2 - 4 * area * (1 - o) / (1 + o)).sqrt()
    root2 = (4 * total**2 - 16 * area * (1 - o)).sqrt()
    root3 = ((2 * o * total) ** 2 + 16 * o * (1 - o) * area).sqrt()
    third = (root3 - 2 * o * total) / 2
    if kind == 'cornernet':
        first, second = (total + root1) / 2, (2 * total + root2) / 2
    else:
        first, second = (total - root1) / 2, (2 * total - root2) / 8
        third = third / (4 * o)
    return torch.minimum(torch.minimum(first, second), third)


def drawing_radius(
    sizes: Tensor, kind: str = 'cornernet', min_overlap: Optional[float] = None
) -> Tensor:
    """Integer radius of the Gaussian of a box.

    The radius is rounded down, as in CenterNet and MMDetection. 'cornernet'
    first rounds the sides of the box up, as CenterNet does.

    Args:
        sizes (Tensor): Width and height of boxes, in cells.
        kind (str): As in `gaussian_radius`.
        min_overlap (float, optional): As in `gaussian_radius`.

    Shape:
        - sizes: (..., 2).
        - returns: (...) int64 in cells, at least 0.
    """
    # In double precision rounding errors do not change the result.
    sizes = sizes.double()
    if kind == 'cornernet':
        sizes = sizes.ceil()
    return gaussian_radius(sizes, kind, min_overlap).floor().long().clamp(0)


def draw_gaussians(
    cells: Tensor, radii: Tensor, maps: Tensor, num_maps: int, size: Tuple[int, int]
) -> Tensor:
    """Draw Gaussians into maps; overlapping ones give the maximum.

    The Gaussian of radius r has a standard deviation of (2 r + 1) / 6 cells. It
    is 1 at its centre and 0 outside the square of 2 r + 1 cells around it, as in
    CenterNet.

    Args:
        cells (Tensor): Centres `x, y`, inside the map, int64.
        radii (Tensor): In cells, int64.
        maps (Tensor): Map of each Gaussian, int64.
        num_maps (int): M.
        size (tuple[int, int]): h and w, in cells.

    Shape:
        - cells: (P, 2).
        - radii, maps: (P,).
        - returns: (M, h, w) float32 in [0, 1].
    """
    height, width = size
    heat = torch.zeros(num_maps * height * width, device=cells.device)
    if not len(cells):
        return heat.view(num_maps, height, width)
    reach = int(radii.max())
    steps = torch.arange(-reach, reach + 1, device=cells.device)
    places = cells[:, :, None] + steps  # (P, 2, D), columns and rows
    limits = torch.tensor([width, height], device=cells.device)[:, None]
    used = (places >= 0) & (places < limits) & (steps.abs() <= radii[:, None, None])
    sigma = (2 * radii + 1)[:, None, None] / 6
    # A Gaussian is the product of those along x and y. Values outside the map
    # are 0 and change no cell.
    value = torch.exp(-((steps / sigma) ** 2) / 2) * used
    value = value[:, 1, :, None] * value[:, 0, None, :]
    column, row = (places.clamp(min=0).minimum(limits - 1)).unbind(1)
    place = (maps[:, None, None] * height + row[:, :, None]) * width + column[
        :, None, :
    ]
    heat.scatter_reduce_(0, place.flatten(), value.flatten(), 'amax')
    return heat.view(num_maps, height, width)
