"""Linking of boxes to action tubes by the Viterbi algorithm."""

from typing import List, NamedTuple, Optional, Tuple

import numpy as np

from .iou import box_iou
from .linking import Tube, best_interval
from .suppression import rank_order


class ViterbiOptions(NamedTuple):
    """Parameters of `link_viterbi`; the defaults are YOWO's.

    Attributes:
        product_weight (float): Weight of the product of both scores.
        iou_weight (float): Weight of the IoU of both boxes.
        psi (bool): Links without overlap have the value 0, as in the formula of
            the YOWO paper; its published numbers were computed without.
        max_tubes (int): Tubes per class and video.
        trim_threshold (float, optional): Trim each tube to the interval with the
            largest sum of `score - trim_threshold`. None: tubes are as long as
            the video.
        min_score (float): Smallest score of a tube.
        min_length (int): Smallest length of a tube in frames.
    """

    product_weight: float = 0.5
    iou_weight: float = 1.0
    psi: bool = False
    max_tubes: int = 3
    trim_threshold: Optional[float] = None
    min_score: float = 0.0
    min_length: int = 1


_YOWO = ViterbiOptions()


def link_viterbi(
    frames: np.ndarray,
    boxes: np.ndarray,
    scores: np.ndarray,
    num_frames: int,
    options: ViterbiOptions = _YOWO,
) -> List[Tube]:
    """Link the boxes of one class and video by best paths.

    A path has one box in each frame. Its value is the sum over successive boxes
    of `s + s' + product_weight * s * s' + iou_weight * IoU`, with exclusive ends
    of boxes. The boxes of the best path are removed and the search is repeated,
    until a frame has no boxes or `max_tubes` is reached. Empty frames use the
    boxes of the nearest frame, the earlier one of two.

    Args:
        frames (np.ndarray): (P,) frame of each box, from 1.
        boxes (np.ndarray): (P, 1, 4) pixels.
        scores (np.ndarray): (P,).
        num_frames (int): Length of the video.
        options (ViterbiOptions): Parameters.

    Returns:
        list[Tube]: Tubes, best path first; the score is the mean over the boxes.

    Raises:
        ValueError: If the boxes are tubelets of several frames.

    Source: arXiv:1411.6031; value of a link: YOWO (arXiv:1911.06644, Sec. 3.5).
    """
    if boxes.shape[1] != 1:
        raise ValueError(
            f'Tubelets of {boxes.shape[1]} frames cannot be '
            "linked by 'viterbi'; use 'greedy'."
        )
    if not len(scores):
        return []
    order = rank_order(frames, scores, boxes)
    rows, free = _by_frame(frames[order], boxes[order, 0], scores[order], num_frames)
    links = _link_values(rows, options)
    clock = np.arange(num_frames)
    tubes: List[Tube] = []
    for _ in range(options.max_tubes):
        if not free.any(axis=1).all():
            break
        path = _best_path(links, free)
        free[clock, path] = False
        table = np.concatenate([clock[:, None] + 1, rows[clock, path]], 1)
        tubes.append(_make_tube(table.astype(np.float32), options))
    return [
        tube
        for tube in tubes
        if tube.score >= options.min_score and len(tube.rows) >= options.min_length
    ]


def _make_tube(rows: np.ndarray, options: ViterbiOptions) -> Tube:
    """Trim a path and average its scores."""
    if options.trim_threshold is not None:
        rows = rows[best_interval(rows[:, 5] - options.trim_threshold)]
    return Tube(rows, float(rows[:, 5].mean()))


def _by_frame(
    frames: np.ndarray, boxes: np.ndarray, scores: np.ndarray, num_frames: int
) -> Tuple[np.ndarray, np.ndarray]:
    """Arrange boxes by frame; empty frames use the boxes of the nearest frame.

    Returns:
        tuple[np.ndarray, np.ndarray]: Rows (F, M, 5) `x1, y1, x2, y2, score` of
        each frame, and a mask (F, M) of valid rows.
    """
    table = np.concatenate([boxes, scores[:, None]], 1).astype(np.float64)
    known = np.unique(frames)
    clock = np.arange(1, num_frames + 1)
    after = np.searchsorted(known, clock).clip(max=len(known) - 1)
    before = (np.searchsorted(known, clock, side='right') - 1).clip(min=0)
    later = abs(known[after] - clock) < abs(known[before] - clock)
    source = np.where(later, known[after], known[before])
    begin = np.searchsorted(frames, source, side='left')[:, None]
    end = np.searchsorted(frames, source, side='right')[:, None]
    places = begin + np.arange((end - begin).max())
    valid = places < end
    return table[np.where(valid, places, 0)], valid


def _link_values(rows: np.ndarray, options: ViterbiOptions) -> np.ndarray:
    """Values (F - 1, M, M) of the links between successive frames."""
    before, after = rows[:-1, :, None], rows[1:, None]
    first, second = before[..., 4], after[..., 4]
    overlap = box_iou(before[..., :4], after[..., :4], inclusive=False)
    value = (
        first
        + second
        + options.product_weight * first * second
        + options.iou_weight * overlap
    )
    return np.where(overlap > 0, value, 0) if options.psi else value


def _best_path(links: np.ndarray, free: np.ndarray) -> List[int]:
    """Index of the box of the best path in each frame; ties take the first."""
    closed = np.where(free, 0.0, -np.inf)
    value = closed[0]
    back = np.zeros((len(links), free.shape[1]), dtype=np.int64)
    for frame, link in enumerate(links):
        total = link + value[:, None]
        back[frame] = total.argmax(axis=0)
        value = total.max(axis=0) + closed[frame + 1]
    path = [int(value.argmax())]
    for origin in back[::-1]:
        path.append(int(origin[path[-1]]))
    return path[::-1]
