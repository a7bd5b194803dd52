"""Boxes and joints from the maps of a point head.

All frames are decoded at once and independently. Cells are counted from 0,
coordinates are `(x, y)`. Read for this: the multi-pose detector of CenterNet
(xingyizhou/CenterNet, MIT). The code is our own.
"""

from typing import Dict, Optional, Tuple

import torch
from torch import Tensor

from .peaks import Peaks, find_peaks, values_at


def decode_boxes(
    out: Dict[str, Tensor], topk: int, kernel: int
) -> Tuple[Peaks, Tensor]:
    """Boxes around the best centres.

    Args:
        out (dict[str, Tensor]): `center_heatmap` (F, C, h, w) logits,
            `wh` (F, 2, h, w) and `offset` (F, 2, h, w) in cells.
        topk (int): P.
        kernel (int): As in `find_peaks`.

    Returns:
        tuple[Peaks, Tensor]: Centres, and boxes (F, P, 4) `x1, y1, x2, y2`
        in cells; a negative width or height counts as 0.
    """
    peaks = find_peaks(out['center_heatmap'], topk, kernel)
    centres = peaks.cells + values_at(out['offset'], peaks.cells)
    half = values_at(out['wh'], peaks.cells).clamp(min=0) / 2
    return peaks, torch.cat((centres - half, centres + half), -1)


def decode_joints(
    out: Dict[str, Tensor],
    cells: Tensor,
    boxes: Tensor,
    topk: int,
    kernel: int,
    threshold: float,
) -> Tuple[Tensor, Tensor]:
    """Joints of each box: predicted at its centre, then moved to a peak.

    The cell of a centre predicts the position of each joint. It is replaced by
    the nearest peak of the joint's heatmap that is above `threshold`, inside the
    box and closer than 0.3 of the box's longer side. Without such a peak it
    stays. Its score is the value of the heatmap at the peak or at the predicted
    position (0 outside the map).

    CenterNet selects the nearest peak first and checks the conditions
    afterwards, so that a peak outside the box can hide one inside.

    Args:
        out (dict[str, Tensor]): `knot_heatmap` (F, K, h, w) logits,
            `knot_distance` (F, 2 K, h, w) as x, y, x, y, ..., and
            `knot_offset` (F, 2, h, w), both in cells.
        cells (Tensor): (F, P, 2) int64 `x, y` of the centres.
        boxes (Tensor): (F, P, 4) `x1, y1, x2, y2` in cells.
        topk (int): Number of candidate peaks of each joint.
        kernel (int): As in `find_peaks`.
        threshold (float): In [0, 1].

    Returns:
        tuple[Tensor, Tensor]: Joints (F, P, K, 2) `x, y` in cells and
        scores (F, P, K).

    Source: "Objects as Points", arXiv:1904.07850, section 4.2.
    """
    heat = out['knot_heatmap']
    num_frames, num_knots, height, width = heat.shape
    expected = cells[:, :, None] + values_at(out['knot_distance'], cells).unflatten(
        -1, (num_knots, 2)
    )
    expected = expected.transpose(1, 2).contiguous()  # (F, K, P, 2)

    peaks = find_peaks(heat.flatten(0, 1)[:, None], topk, kernel)
    peak_cells = peaks.cells.unflatten(0, (num_frames, num_knots))
    exact = values_at(out['knot_offset'], peak_cells.flatten(1, 2))
    found = peak_cells + exact.view(*peak_cells.shape)  # (F, K, M, 2)
    strength = peaks.scores.view(num_frames, num_knots, 1, -1)

    distance = torch.cdist(expected, found, compute_mode='donot_use_mm_for_euclid_dist')
    low, high = boxes[:, None, :, None, :2], boxes[:, None, :, None, 2:]
    reach = 0.3 * (high - low).amax(-1)
    inside = found[:, :, None] >= low
    inside &= found[:, :, None] <= high
    usable = inside.all(-1) & (strength > threshold) & (distance < reach)
    distance, nearest = distance.masked_fill(~usable, torch.inf).min(-1)
    snapped = distance.isfinite()

    place = nearest[..., None].expand(-1, -1, -1, 2)
    joints = torch.where(snapped[..., None], found.gather(2, place), expected)
    here = expected.nan_to_num().floor().clamp(-1, max(width, height)).long()
    limits = torch.tensor([width, height], device=heat.device)
    on_map = ((here >= 0) & (here < limits)).all(-1)
    here = here.clamp(min=0).minimum(limits - 1)
    there = values_at(heat.flatten(0, 1)[:, None], here.flatten(0, 1))
    there = there.view(on_map.shape).sigmoid() * on_map
    scores = torch.where(snapped, strength[:, :, 0].gather(2, nearest), there)
    return joints.transpose(1, 2), scores.transpose(1, 2)


def refine_by_hull(
    boxes: Tensor,
    joints: Tensor,
    scores: Tensor,
    threshold: float,
    weight: float,
    margin: float,
) -> Tensor:
    """Move the edges of boxes towards the hull of their joints.

    The hull is the upright box of the joints with a score above the threshold,
    enlarged by `margin` of its width and height on each side. An edge becomes
    `(1 - v) edge + v hull edge` with v = `weight` times the mean score of these
    joints. Boxes with fewer than three such joints do not change. The paper
    gives no formula for the influence of joints on the box; this one was chosen
    here.

    Args:
        boxes (Tensor): `x1, y1, x2, y2`.
        joints (Tensor): `x, y` in the unit of the boxes.
        scores (Tensor): Scores of the joints in [0, 1].
        threshold (float): In [0, 1].
        weight (float): In [0, 1].
        margin (float): Share of the hull's sides, at least 0.

    Shape:
        - boxes: (..., 4).
        - joints: (..., K, 2).
        - scores: (..., K).
        - returns: (..., 4).
    """
    used = scores > threshold
    low = joints.masked_fill(~used[..., None], torch.inf).amin(-2)
    high = joints.masked_fill(~used[..., None], -torch.inf).amax(-2)
    count = used.sum(-1)
    share = weight * (scores * used).sum(-1) / count.clamp(min=1)
    extra = margin * (high - low)
    hull = torch.cat((low - extra, high + extra), -1)
    refined = torch.lerp(boxes, hull, share[..., None])
    return torch.where((count >= 3)[..., None], refined, boxes)


def decode_points(
    out: Dict[str, Tensor],
    stride: int,
    topk: int = 100,
    kernel: int = 3,
    knot_thr: float = 0.1,
    kp_refine: Optional[str] = None,
    hull_weight: float = 0.5,
    hull_margin: float = 0.1,
    kp_rescore: float = 0.0,
    limit: Optional[int] = None,
) -> Dict[str, Tensor]:
    """Boxes and joints of all frames.

    Args:
        out (dict[str, Tensor]): Maps of a point head, (F, D, h, w) each; see
            `decode_boxes` and, with joints, `decode_joints`.
        stride (int): Pixels per cell, the paper's R.
        topk (int): P, boxes of a frame; also peaks of a joint.
        kernel (int): As in `find_peaks`.
        knot_thr (float): Least score of the peaks that joints move to, and of
            the joints of the hull.
        kp_refine (str, optional): 'hull' for `refine_by_hull`.
        hull_weight (float): As in `refine_by_hull`.
        hull_margin (float): As in `refine_by_hull`.
        kp_rescore (float): The score of a box is multiplied by this power of
            the joints' mean score; 0 keeps it.
        limit (int, optional): Boxes of a frame that are needed; the joints of the
            others are not decoded. Default: all.

    Returns:
        dict[str, Tensor]: `bboxes` (F, P, 4) `x1, y1, x2, y2` in pixels
        of the network's input, not clipped; `scores` (F, P), best first;
        `labels` (F, P) int64, channel of the centre; with joints `knots`
        (F, P, K, 2) in the same pixels and `knot_scores` (F, P, K).

    Source: Point3D, section 3.3.
    """
    peaks, boxes = decode_boxes(out, topk, kernel)
    if not kp_rescore:  # the order is final
        peaks = Peaks(*(each[:, :limit] for each in peaks))
        boxes = boxes[:, :limit]
    scores, found = peaks.scores, dict(labels=peaks.maps)
    if 'knot_heatmap' in out:
        joints, strength = decode_joints(
            out, peaks.cells, boxes, topk, kernel, knot_thr
        )
        if kp_refine == 'hull':
            boxes = refine_by_hull(
                boxes, joints, strength, knot_thr, hull_weight, hull_margin
            )
        if kp_rescore:
            scores = scores * strength.mean(-1) ** kp_rescore
        found.update(knots=joints * stride, knot_scores=strength)
    found.update(bboxes=boxes * stride)
    if kp_rescore and 'knot_heatmap' in out:
        scores, order = scores.sort(dim=1, descending=True, stable=True)
        rows = torch.arange(len(order), device=order.device)[:, None]
        found = {key: value[rows, order] for key, value in found.items()}
    found.update(scores=scores)
    return {key: value[:, :limit] for key, value in found.items()}
