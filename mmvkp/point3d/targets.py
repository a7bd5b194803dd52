"""Training targets of the point head: heatmaps, sizes and offsets.

All frames, actors and joints are processed at once. Coordinates are `(x, y)`; a
cell is `stride` pixels wide and cell 0 begins at pixel coordinate 0.
"""

from typing import Dict, NamedTuple, Optional, Tuple

import torch
from torch import Tensor

from ..tubes.degenerate import usable_boxes
from .gaussians import draw_gaussians, drawing_radius


class ActorTruth(NamedTuple):
    """Actors of all frames in one list, one row for an actor in a frame.

    Shape:
        - frames: (P,) int64, frame counted from 0 through the batch.
        - boxes: (P, 4) `x1, y1, x2, y2` in pixels of the input.
        - classes: (P, C) bool, the classes of each actor.
        - joints: (P, K, 2) `x, y` in the same pixels; None without joints.
        - visible: (P, K) bool; None without joints.
    """

    frames: Tensor
    boxes: Tensor
    classes: Tensor
    joints: Optional[Tensor] = None
    visible: Optional[Tensor] = None


def cells_of(points: Tensor, size: Tuple[int, int]) -> Tensor:
    """Cells of points; points outside the map get the nearest cell.

    Args:
        points (Tensor): `x, y` in cells.
        size (tuple[int, int]): h and w, in cells.

    Shape:
        - points: (..., 2).
        - returns: (..., 2) int64 `x, y`.
    """
    last = torch.tensor([size[1] - 1, size[0] - 1], device=points.device)
    return points.floor().long().clamp(min=0).minimum(last)


def can_be_centre(boxes: Tensor, size: Tuple[int, int], stride: int) -> Tensor:
    """True for boxes with an area and their centre in the image or on its border.

    Args:
        boxes (Tensor): `x1, y1, x2, y2` in pixels of the input.
        size (tuple[int, int]): h and w of the map, in cells.
        stride (int): Pixels per cell.

    Shape:
        - boxes: (..., 4).
        - returns: (...) bool.
    """
    centres = (boxes[..., :2] + boxes[..., 2:]) / 2
    end = torch.tensor([size[1], size[0]], device=boxes.device) * stride
    inside = (centres >= 0) & (centres <= end)
    return (inside & (boxes[..., 2:] > boxes[..., :2])).all(-1)


def degenerate_frames(boxes: Tensor, valid: Tensor) -> Tensor:
    """True for frames with a degenerate box, see `usable_boxes`.

    Boxes outside the image are not found here: a crop may have cut them off.

    Args:
        boxes (Tensor): `x1, y1, x2, y2` of each actor and frame.
        valid (Tensor): Frames in which the actor has a box.

    Shape:
        - boxes: (N, T, 4).
        - valid: (N, T).
        - returns: (T,) bool.
    """
    return (valid.bool() & ~usable_boxes(boxes)).any(0)


def point_targets(
    truth: ActorTruth,
    num_frames: int,
    size: Tuple[int, int],
    stride: int,
    radius: str = 'cornernet',
    min_overlap: Optional[float] = None,
    box_reach: int = 0,
) -> Dict[str, Tensor]:
    """Targets of all branches of a point head.

    Width and height are differences of the coordinates, and the centre is their
    mean. Decoding therefore returns the same numbers for both box conventions,
    also after the image was scaled by a fraction, where the width of one pixel
    is not a constant.

    Args:
        truth (ActorTruth): Actors; all of them `can_be_centre`.
        num_frames (int): F.
        size (tuple[int, int]): h and w of the maps, in cells.
        stride (int): Pixels per cell, the paper's R.
        radius (str): Kind of radius, as in `gaussian_radius`.
        min_overlap (float, optional): As in `gaussian_radius`.
        box_reach (int): Sizes and offsets are also learned in the cells up to this
            many columns and rows from the centre, because the peak of a heatmap
            can be beside it; see `box_cells`. The paper uses the centre only, 0.

    Shape:
        - center_heatmap: (F, C, h, w).
        - center_frame: (P,).
        - center_cell: (P, 2) int64 `x, y`.
        - box_frame: (B,); B = P with `box_reach` 0.
        - box_cell: (B, 2) int64 `x, y`.
        - wh: (B, 2) in cells, both positive.
        - offset: (B, 2), centre minus cell, in cells.

        With joints also the following, for the Q joints that are visible and in
        the map, in the order of `knot_visible` read row by row:

        - knot_heatmap: (F, K, h, w).
        - knot_visible: (P, K) bool.
        - knot_distance: (Q, 2), joint minus the cell of the centre.
        - knot_frame: (Q,).
        - knot_cell: (Q, 2).
        - knot_offset: (Q, 2), joint minus its cell.

    Returns:
        dict[str, Tensor]: The tensors above.

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
    box, box_cell = box_cells(truth.frames, cells, centres, wh, size, box_reach)
    targets = dict(
        center_heatmap=heat.view(num_frames, num_classes, *size),
        center_frame=truth.frames,
        center_cell=cells,
        box_frame=truth.frames[box],
        box_cell=box_cell,
        wh=wh[box],
        offset=centres[box] - box_cell,
    )
    if truth.joints is not None and truth.visible is not None:
        joints = truth.joints.float() / stride
        targets.update(
            _joint_targets(
                joints, truth.visible, truth.frames, cells, radii, num_frames, size
            )
        )
    return targets


def box_cells(
    frames: Tensor,
    cells: Tensor,
    centres: Tensor,
    wh: Tensor,
    size: Tuple[int, int],
    reach: int,
) -> Tuple[Tensor, Tensor]:
    """Cells in which the sizes and offsets of boxes are learned.

    These are the cells of the centre and, inside the map and the box, of its
    neighbours. A cell of several boxes belongs to the one with the nearest centre.

    Args:
        frames (Tensor): Frame of each box.
        cells (Tensor): Cells of the centres.
        centres (Tensor): `x, y` in cells.
        wh (Tensor): Sizes in cells.
        size (tuple[int, int]): h and w, in cells.
        reach (int): Columns and rows on each side.

    Shape:
        - frames: (P,).
        - cells, centres, wh: (P, 2).
        - returns: (B,) int64, the box of each cell, and (B, 2) int64 `x, y`.
    """
    boxes = torch.arange(len(frames), device=frames.device)
    if not reach or not len(frames):
        return boxes, cells
    steps = torch.arange(-reach, reach + 1, device=frames.device)
    shifts = torch.cartesian_prod(steps, steps)
    places = cells[:, None] + shifts
    limits = torch.tensor([size[1], size[0]], device=frames.device)
    away = (places + 0.5 - centres[:, None]).abs()
    used = (places >= 0) & (places < limits) & (away <= wh[:, None] / 2)
    usable = used.all(-1) | (shifts == 0).all(-1)
    box = boxes[:, None].expand_as(usable)[usable]
    places, away = places[usable], away[usable]
    key = (frames[box] * size[0] + places[:, 1]) * size[1] + places[:, 0]
    # The centre's own cell comes first, then the nearest centre.
    own = (places == cells[box]).all(-1)
    order = (away.square().sum(-1) - own * 1e6).argsort(stable=True)
    order = order[key[order].argsort(stable=True)]
    key = key[order]
    first = torch.ones_like(key, dtype=torch.bool)
    first[1:] = key[1:] != key[:-1]
    chosen = order[first]
    return box[chosen], places[chosen]


def _joint_targets(
    joints: Tensor,
    visible: Tensor,
    frames: Tensor,
    cells: Tensor,
    radii: Tensor,
    num_frames: int,
    size: Tuple[int, int],
) -> Dict[str, Tensor]:
    """Targets of joints (P, K, 2) in cells; see `point_targets`."""
    limits = torch.tensor([size[1], size[0]], device=joints.device)
    visible = visible & ((joints >= 0) & (joints < limits)).all(-1)
    actor, knot = visible.nonzero(as_tuple=True)
    joints, num_knots = joints[visible], joints.shape[1]
    knot_cells = cells_of(joints, size)
    heat = draw_gaussians(
        knot_cells,
        radii[actor],
        frames[actor] * num_knots + knot,
        num_frames * num_knots,
        size,
    )
    return dict(
        knot_heatmap=heat.view(num_frames, num_knots, *size),
        knot_visible=visible,
        knot_distance=joints - cells[actor],
        knot_frame=frames[actor],
        knot_cell=knot_cells,
        knot_offset=joints - knot_cells,
    )
