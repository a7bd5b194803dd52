"""Assignment of the boxes of a frame to the actors of a stream."""

from typing import Optional, Sequence, Tuple

import numpy as np

from .iou import box_iou
from .motion import box_size
from .online_track import Track
from .online_tubes import FrameDetections

# A box may extend a tube if the squared distance of its centre from the predicted one
# is below this number of variances: 99 % of a normal distribution in two dimensions.
_GATE = 9.21
# ... and if its size differs at most by this factor.
_SIZES = 2.5
# Deviations that cost 1: of the similarity, and of the IoU without motion.
_SIMILARITY, _OVERLAP = 0.2, 0.3
_FORBIDDEN = 1e6


def match_greedy(
    tracks: Sequence[Track], frame: int, found: FrameDetections, threshold: float
) -> np.ndarray:
    """Assign boxes by IoU, the largest first.

    Boxes are compared with the positions extrapolated at constant speed, then with the
    last positions.

    Args:
        tracks (Sequence[Track]): M actors.
        frame (int): Number of the frame.
        found (FrameDetections): P boxes.
        threshold (float): Least IoU.

    Returns:
        np.ndarray: (P,) index in `tracks` for each box, -1 for none.
    """
    owners = np.full(len(found), -1)
    predicted = [track.predict(frame) for track in tracks]
    last = [track.newest.box for track in tracks]
    for places in (predicted, last):
        if not len(found) or not places:
            break
        overlap = box_iou(np.stack(places)[:, None], found.boxes[None])
        overlap[owners[owners >= 0]] = 0
        overlap[:, owners >= 0] = 0
        while overlap.max() >= max(threshold, 1e-6):
            row, box = np.unravel_index(overlap.argmax(), overlap.shape)
            owners[box] = row
            overlap[row] = overlap[:, box] = 0
    return owners


def match_by_cues(
    tracks: Sequence[Track],
    frame: int,
    found: FrameDetections,
    threshold: float,
    fps: float,
    features: Optional[np.ndarray],
    similarity: float,
) -> np.ndarray:
    """Assign boxes by motion and appearance, all at once.

    The cost of a pair is the negative logarithm of its likelihood under normal
    distributions, times two: the squared distance of the centres in variances, the
    logarithm of the variance (a long unseen actor must not win because its position
    is uncertain), and the squared difference in appearance.

    Args:
        tracks (Sequence[Track]): M actors; those with `motion` are predicted by it.
        frame (int): Number of the frame.
        found (FrameDetections): P boxes.
        threshold (float): IoU from which a pair is allowed; with motion, also pairs
            that are close enough.
        fps (float): Frames per second.
        features (np.ndarray, optional): (P, D) appearance of unit length.
        similarity (float): Least cosine of the appearance.

    Returns:
        np.ndarray: (P,) index in `tracks` for each box, -1 for none.
    """
    owners = np.full(len(found), -1)
    if not len(found) or not tracks:
        return owners
    boxes = np.stack([track.predict(frame) for track in tracks])
    last = np.stack([track.newest.box for track in tracks])
    overlap = np.maximum(*(box_iou(x[:, None], found.boxes) for x in (boxes, last)))
    allowed = overlap >= max(threshold, 1e-6)
    cost = ((1 - overlap) / _OVERLAP) ** 2
    for row, track in enumerate(tracks):
        if track.motion is None:
            continue
        box, variance = track.motion.predict((frame - track.moved) / fps)
        near = box_iou(box[None], found.boxes) >= max(threshold, 1e-6)
        away = found.boxes[:, :2] + found.boxes[:, 2:] - box[:2] - box[2:]
        distance = ((away / 2) ** 2).sum(1) / variance
        factor = box_size(found.boxes) / box_size(box)
        alike = (factor <= _SIZES) & (factor >= 1 / _SIZES)
        allowed[row] = near | ((distance <= _GATE) & alike)
        cost[row] = distance + 2 * np.log(variance / box_size(box) ** 2)
    if features is not None:
        for row, track in enumerate(tracks):
            if track.feature is not None:
                alike = features @ track.feature
                allowed[row] &= alike >= similarity
                cost[row] += ((1 - alike) / _SIMILARITY) ** 2
    rows, columns = _assign(np.where(allowed, cost, _FORBIDDEN))
    good = allowed[rows, columns]
    owners[columns[good]] = rows[good]
    return owners


def _assign(cost: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
    """Rows and columns of the assignment with the least cost."""
    from scipy.optimize import linear_sum_assignment

    return linear_sum_assignment(cost)
