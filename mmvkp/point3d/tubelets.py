"""Linking of the detections in the frames of a clip to tubelets."""

from typing import Dict, Sequence

import numpy as np
import torch
from mmengine.structures import InstanceData
from torch import Tensor

# Least overlap with which a box continues a tubelet, as in MOC's linking.
LINK_IOU = 0.5


def makes_tubelet(frame_inds: Sequence[int]) -> bool:
    """True if the frames of a clip can form a tubelet.

    The frames must be consecutive. A video that is shorter than a clip is
    accepted, although its last frame is repeated: metrics ignore boxes after the
    end of a video. Other clips with repeated frames, at the ends of a longer
    video, form no tubelet.

    Args:
        frame_inds (Sequence[int]): (T,) numbers of the frames, from 1.

    Raises:
        ValueError: If frames between them were skipped.
    """
    frames = np.asarray(frame_inds)
    steps = np.diff(frames)
    if (steps > 1).any():
        raise ValueError(
            "Point3D: test_cfg.emit='tubelet' needs clips of neighbouring "
            f'frames, but these are {frames.tolist()}; set frame_interval=1 '
            "of the data set, or emit='frame'."
        )
    whole_video = frames[0] == 1 and np.array_equal(
        frames, np.minimum(np.arange(1, len(frames) + 1), frames[-1])
    )
    return bool((steps == 1).all() or whole_video)


def box_overlaps(first: Tensor, second: Tensor) -> Tensor:
    """IoU of all pairs of boxes, as areas between their corners.

    Args:
        first (Tensor): (P, 4) `x1, y1, x2, y2`.
        second (Tensor): (M, 4), likewise.

    Returns:
        Tensor: (P, M); 0 where both boxes have no area.
    """
    low = torch.maximum(first[:, None, :2], second[None, :, :2])
    high = torch.minimum(first[:, None, 2:], second[None, :, 2:])
    shared = (high - low).clamp(min=0).prod(-1)
    area, other = ((each[:, 2:] - each[:, :2]).prod(-1) for each in (first, second))
    total = area[:, None] + other - shared
    return shared / total.clamp(min=torch.finfo(total.dtype).tiny)


def follow(
    last: Dict[str, Tensor], found: InstanceData, iou_threshold: float
) -> Dict[str, Tensor]:
    """Continue tubelets in the next frame.

    Each takes the best box of its class that overlaps its last one enough;
    several may take the same box. Without such a box the tubelet keeps its last
    box, with scores of 0.

    Args:
        last (dict[str, Tensor]): `bboxes` (P, 4), `scores` (P,),
            `labels` (P,) and, with joints, `knots` (P, K, 2) and
            `knot_scores` (P, K) of P tubelets.
        found (InstanceData): The same of the M boxes of the frame, best
            first.
        iou_threshold (float): Least overlap.

    Returns:
        dict[str, Tensor]: As `last`, of shape (P, ...).
    """
    stay = {
        key: torch.zeros_like(value) if key.endswith('scores') else value
        for key, value in last.items()
    }
    count = len(found)
    if not count:
        return stay
    fits = box_overlaps(last['bboxes'], found.bboxes) >= iou_threshold
    fits &= last['labels'][:, None] == found.labels
    # `argmax` guarantees no order of equal values.
    places = torch.arange(count, device=fits.device)
    best = torch.where(fits, places, count).amin(1)
    goes_on, best = best < count, best.clamp(max=count - 1)
    return {
        key: torch.where(
            goes_on.view(-1, *[1] * (value.dim() - 1)), found[key][best], value
        )
        for key, value in stay.items()
    }


def link_frames(
    frames: Sequence[InstanceData], iou_threshold: float = LINK_IOU
) -> InstanceData:
    """Link the detections of T frames to tubelets.

    A tubelet starts at each box of the frame T // 2 and continues to both ends
    of the clip; see `follow`. Converging tubelets are not merged: their
    suppression is left to the metric.

    Args:
        frames (Sequence[InstanceData]): Detections of each frame, best first,
            with the fields of `follow`.
        iou_threshold (float): Least overlap of neighbouring boxes.

    Returns:
        InstanceData: P tubelets, best first: `bboxes` (P, T, 4);
        `scores` (P,), the mean over the T frames, in which a missing box
        counts as 0; `labels` (P,); with joints `knots`
        (P, T, K, 2) and `knot_scores` (P, T, K).

    Source: chosen here; boxes continue a tubelet as tubelets continue a tube
    in MOC (arXiv:2001.04608).
    """
    middle = len(frames) // 2
    seeds = {key: frames[middle][key] for key in frames[middle].keys()}
    taken = {middle: seeds}
    for way in (range(middle + 1, len(frames)), range(middle - 1, -1, -1)):
        last = seeds
        for t in way:
            taken[t] = last = follow(last, frames[t], iou_threshold)
    stacked = {
        key: torch.stack([taken[t][key] for t in range(len(frames))], 1)
        for key in seeds
    }
    scores, order = stacked['scores'].mean(1).sort(descending=True, stable=True)
    stacked.update(scores=scores, labels=seeds['labels'][order])
    return InstanceData(
        **{
            key: value if key in ('scores', 'labels') else value[order]
            for key, value in stacked.items()
        }
    )


def tubelets_of_clip(
    frames: Sequence[InstanceData], frame_inds: Sequence[int]
) -> InstanceData:
    """Tubelets of a clip; none if its frames cannot form any.

    Args:
        frames (Sequence[InstanceData]): See `link_frames`.
        frame_inds (Sequence[int]): See `makes_tubelet`.

    Returns:
        InstanceData: Fields of `link_frames` and `frame_inds` (P,), the
        first frame of each tubelet.
    """
    found = link_frames(frames)
    if not makes_tubelet(frame_inds):
        found = found[:0]
    found.frame_inds = torch.full_like(
        found.scores, int(frame_inds[0]), dtype=torch.long
    )
    return found
