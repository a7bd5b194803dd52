"""What a Point Head should see: Gaussians at centres and joints, and sizes.

Everything is done for all frames, actors and joints at once. Coordinates are
``(x, y)``; a cell is ``stride`` pixels wide and cell 0 begins at pixel
coordinate 0.

Read for this: CenterNet (xingyizhou/CenterNet, MIT) for the size and the
window of a Gaussian, MMDetection (Apache-2.0) for the second formula of the
radius. The code is our own.
"""

from typing import Dict, NamedTuple, Optional, Tuple

import torch
from torch import Tensor

from ..checks import check_choice

RADIUS_KINDS = ('cornernet', 'mmdet')
# What CenterNet and MOC, and what MMDetection's CenterNet, ask for.
MIN_OVERLAPS = {'cornernet': 0.7, 'mmdet': 0.3}


class ActorTruth(NamedTuple):
    """Actors of all frames in one list, one row for an actor in a frame.

    Attributes:
        frames (Tensor): (P,) int64, frame counted from 0 through the batch.
        boxes (Tensor): (P, 4) ``x1, y1, x2, y2`` in pixels of the input.
        classes (Tensor): (P, C) bool, the classes of each actor.
        joints (Tensor, optional): (P, K, 2) ``x, y`` in the same pixels.
        visible (Tensor, optional): (P, K) bool.
    """

    frames: Tensor
    boxes: Tensor
    classes: Tensor
    joints: Optional[Tensor] = None
    visible: Optional[Tensor] = None


def gaussian_radius(
    sizes: Tensor, kind: str = 'cornernet', min_overlap: Optional[float] = None
) -> Tensor:
    """How far a centre may be moved while the boxes still overlap.

    For a box of w x h and an overlap o, three quadratic equations
    ``a r^2 + b r + c = 0`` say for which r a box with both corners moved by r
    has an IoU of o: one corner inside and one outside (1), both inside (2),
    both outside (3). 'mmdet' takes the right root of each. 'cornernet' is
    what CornerNet released and CenterNet and MOC train with: it takes the
    larger root of the first two and leaves out the division by ``a``, so
    that always the third one decides, with ``4 o`` times its true value.

    Args:
        sizes (Tensor): (..., 2) width and height of boxes, in cells.
        kind (str): 'cornernet' or 'mmdet'.
        min_overlap (float, optional): o, in (0, 1); None takes what the
            kind is used with, 0.7 or 0.3.

    Returns:
        Tensor: (...) radii in cells, not rounded, same dtype.

    Raises:
        ValueError: If the kind is not known or the overlap out of range.

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
    """Whole radius of the Gaussian of a box.

    The radius is rounded down, as in CenterNet and MMDetection. CenterNet
    rounds the sides of the box up before; so does 'cornernet'.

    Args:
        sizes (Tensor): (..., 2) width and height of boxes, in cells.
        kind (str): As in `gaussian_radius`.
        min_overlap (float, optional): As in `gaussian_radius`.

    Returns:
        Tensor: (...) int64 in cells, at least 0.
    """
    # Rounding errors of float32 must not decide what is rounded.
    sizes = sizes.double()
    if kind == 'cornernet':
        sizes = sizes.ceil()
    return gaussian_radius(sizes, kind, min_overlap).floor().long().clamp(0)


def draw_gaussians(
    cells: Tensor, radii: Tensor, maps: Tensor, num_maps: int, size: Tuple[int, int]
) -> Tensor:
    """Draw Gaussians into maps; where several meet, the largest counts.

    The Gaussian of radius r has a standard deviation of (2 r + 1) / 6 cells,
    is 1 at its centre and 0 outside the square of 2 r + 1 cells around it, as
    in CenterNet.

    Args:
        cells (Tensor): (P, 2) int64 centres ``x, y``, inside the map.
        radii (Tensor): (P,) int64, in cells.
        maps (Tensor): (P,) int64, the map that each belongs to.
        num_maps (int): M.
        size (Tuple[int, int]): h and w, in cells.

    Returns:
        Tensor: (M, h, w) float32 in [0, 1].
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
    # A Gaussian is the product of those along x and y; outside it is 0, which
    # changes nothing wherever it lands.
    value = torch.exp(-((steps / sigma) ** 2) / 2) * used
    value = value[:, 1, :, None] * value[:, 0, None, :]
    column, row = (places.clamp(min=0).minimum(limits - 1)).unbind(1)
    place = (maps[:, None, None] * height + row[:, :, None]) * width + column[
        :, None, :
    ]
    heat.scatter_reduce_(0, place.flatten(), value.flatten(), 'amax')
    return heat.view(num_maps, height, width)


def cells_of(points: Tensor, size: Tuple[int, int]) -> Tensor:
    """Cells that points lie in; those at or behind the border are clipped.

    Args:
        points (Tensor): (..., 2) ``x, y`` in cells.
        size (Tuple[int, int]): h and w, in cells.

    Returns:
        Tensor: (..., 2) int64 ``x, y``.
    """
    last = torch.tensor([size[1] - 1, size[0] - 1], device=points.device)
    return points.floor().long().clamp(min=0).minimum(last)


def can_be_centre(boxes: Tensor, size: Tuple[int, int], stride: int) -> Tensor:
    """Which boxes have an area and their centre in the image or on its border.

    Args:
        boxes (Tensor): (..., 4) ``x1, y1, x2, y2`` in pixels of the input.
        size (Tuple[int, int]): h and w of the map, in cells.
        stride (int): Pixels per cell.

    Returns:
        Tensor: (...) bool.
    """
    centres = (boxes[..., :2] + boxes[..., 2:]) / 2
    end = torch.tensor([size[1], size[0]], device=boxes.device) * stride
    inside = (centres >= 0) & (centres <= end)
    return (inside & (boxes[..., 2:] > boxes[..., :2])).all(-1)


def point_targets(
    truth: ActorTruth,
    num_frames: int,
    size: Tuple[int, int],
    stride: int,
    radius: str = 'cornernet',
    min_overlap: Optional[float] = None,
) -> Dict[str, Tensor]:
    """Targets of all branches of a Point Head.

    Width and height are the plain differences of the coordinates, and the
    centre is their mean. So decoding gives back the same numbers, whichever
    convention they follow, also after the image was scaled by a fraction,
    when no constant could be the width of one pixel.

    Args:
        truth (ActorTruth): Actors; all of them `can_be_centre`.
        num_frames (int): F.
        size (Tuple[int, int]): h and w of the maps, in cells.
        stride (int): Pixels per cell, the paper's R.
        radius (str): Kind of radius, as in `gaussian_radius`.
        min_overlap (float, optional): As in `gaussian_radius`.

    Returns:
        dict[str, Tensor]: For the P actors, in cells: ``center_heatmap``
        (F, C, h, w); ``center_frame`` (P,); ``center_cell`` (P, 2) int64
        ``x, y``; ``wh`` (P, 2), both positive; ``offset`` (P, 2), centre
        minus cell. With joints also ``knot_heatmap`` (F, K, h, w),
        ``knot_visible`` (P, K) bool, which are visible and in the map, and
        for these Q joints ``knot_distance`` (Q, 2), joint minus the cell of
        the centre; ``knot_frame`` (Q,); ``knot_cell`` (Q, 2); ``knot_offset``
        (Q, 2), joint minus its cell. The order of Q is that of
        ``knot_visible`` read row by row.

    Source: Point3D, section 3.3, Eq. 1 to 5; the targets of the joints are
    those of CenterNet, arXiv:1904.07850, section 4.2.
    """
    boxes = truth.boxes.float() / stride
    centres = (boxes[:, :2] + boxes[:, 2:]) / 2
    wh = boxes[:, 2:] - boxes[:, :2]
    cells = cells_of(centres, size)
    radii = drawing_radius(wh, radius, min_overlap)
    actor, label = truth.classes.nonzero(as_tuple=True)
    num_classes = truth.classes.shape[1]
    heat = draw_gaussians(
        cells[actor],
        radii[actor],
        truth.frames[actor] * num_classes + label,
        num_frames * num_classes,
        size,
    )
    targets = dict(
        center_heatmap=heat.view(num_frames, num_classes, *size),
        center_frame=truth.frames,
        center_cell=cells,
        wh=wh,
        offset=centres - cells,
    )
    if truth.joints is None:
        return targets
    joints = truth.joints.float() / stride
    limits = torch.tensor([size[1], size[0]], device=joints.device)
    visible = truth.visible & ((joints >= 0) & (joints < limits)).all(-1)
    actor, knot = visible.nonzero(as_tuple=True)
    joints, num_knots = joints[visible], joints.shape[1]
    knot_cells = cells_of(joints, size)
    heat = draw_gaussians(
        knot_cells,
        radii[actor],
        truth.frames[actor] * num_knots + knot,
        num_frames * num_knots,
        size,
    )
    targets.update(
        knot_heatmap=heat.view(num_frames, num_knots, *size),
        knot_visible=visible,
        knot_distance=joints - cells[actor],
        knot_frame=truth.frames[actor],
        knot_cell=knot_cells,
        knot_offset=joints - knot_cells,
    )
    return targets
