"""Average precision of detections, and the matching that it rests on.

Two protocols are known. ``'act'`` is that of ACT and MOC, which the tables
of action detection are made with: a detection takes the best truth that is
still free, and the precision-recall curve, which begins at precision 1 and
recall 0, is integrated by trapezoids. ``'voc'`` is that of PASCAL VOC 2012:
a detection whose best truth is taken is wrong even where a second one
overlaps enough, and precision is made falling before it is integrated by
steps.

Equal scores: a threshold cannot part detections with equal scores, so their
order in the input says nothing. Inside a frame or video they take their truth
in the order of their coordinates, and on the curve the wrong ones come before
the right ones. So no order of the input changes the result, and a detector
gains nothing from scores that do not tell its detections apart: of all orders
this one gives the lowest value.
"""

from typing import List, NamedTuple, Sequence, Tuple

import numpy as np

from .iou import iou_of_edges, tube_iou
from .suppression import group_blocks, rank_order

PROTOCOLS = ('act', 'voc')


class Boxes(NamedTuple):
    """Labelled boxes of one video, predicted or true.

    Attributes:
        frames (np.ndarray): (P,) frame of each box, any origin.
        boxes (np.ndarray): (P, 4) ``x1, y1, x2, y2`` in pixels, ends
            inclusive.
        labels (np.ndarray): (P,) class, counted from 0.
    """

    frames: np.ndarray
    boxes: np.ndarray
    labels: np.ndarray


def check_protocol(protocol: str) -> None:
    """Refuse an unknown protocol.

    Raises:
        ValueError: If ``protocol`` is neither ``'act'`` nor ``'voc'``.
    """
    if protocol not in PROTOCOLS:
        raise ValueError(
            f'protocol={protocol!r} is not known; choose one of {list(PROTOCOLS)}.'
        )


def average_precision(
    scores: np.ndarray, matched: np.ndarray, num_truths: int, protocol: str = 'act'
) -> float:
    """Area under the precision-recall curve, in percent.

    Args:
        scores (np.ndarray): (P,) of all detections of a class.
        matched (np.ndarray): (P,) whether each found a truth.
        num_truths (int): Number of truths of the class.
        protocol (str): ``'act'``: trapezoids from the point precision 1,
            recall 0 on; ``'voc'``: steps under the falling envelope.

    Returns:
        float: In [0, 100]; NaN without truths.

    Raises:
        ValueError: If the protocol is not known.
    """
    check_protocol(protocol)
    if num_truths == 0:
        return float('nan')
    scores, matched = np.asarray(scores), np.asarray(matched, dtype=bool)
    if not matched.any():
        return 0.0
    # What comes after the last hit changes neither recall nor the envelope
    # before it.
    used = scores >= scores[matched].min()
    scores, matched = scores[used], matched[used]
    hits_of = np.sort(-scores[matched])
    # Rank of each hit on the curve: all that score better or equal and are
    # wrong, and the hits up to itself.
    misses = np.searchsorted(np.sort(-scores[~matched]), hits_of, side='right')
    hits = np.arange(1, len(hits_of) + 1)
    precision = hits / (hits + misses)
    if protocol == 'voc':
        envelope = np.maximum.accumulate(precision[::-1])[::-1]
        return float(100 * envelope.sum() / num_truths)
    before = (hits - 1) / np.maximum(hits - 1 + misses, 1)
    if misses[0] == 0:
        before[0] = 1.0
    return float(100 * (precision + before).sum() / 2 / num_truths)


def match(
    overlaps: np.ndarray, thresholds: Sequence[float], protocol: str = 'act'
) -> np.ndarray:
    """Give detections the truths that they overlap.

    Args:
        overlaps (np.ndarray): (P, N, G) overlap of P detections, best first,
            with N truths, in each of G groups; -1 where there is no such
            detection or truth.
        thresholds (Sequence[float]): T overlaps, in (0, 1], from which on a
            truth is found.
        protocol (str): ``'act'``: a truth that was found is out of the game;
            ``'voc'``: whoever overlaps it best later is wrong.

    Returns:
        np.ndarray: (T, P, G), whether each detection found a truth.
    """
    count, num_truths, groups = overlaps.shape
    level = np.asarray(thresholds, dtype=np.float64)[:, None, None]
    result = np.zeros((len(thresholds), count, groups), dtype=bool)
    if not overlaps.size or not len(thresholds):
        return result
    if num_truths == 1:
        # The first one that overlaps it enough has it.
        enough = overlaps[:, 0] >= level
        return enough & (np.cumsum(enough, axis=1) == 1)
    free = np.ones((len(thresholds), num_truths, groups), dtype=bool)
    numbers = np.arange(num_truths)[:, None]
    useful = (overlaps >= level.min()).any(axis=(1, 2))
    for rank in np.flatnonzero(useful).tolist():
        overlap = overlaps[rank][None]
        if protocol == 'act':
            overlap = np.where(free, overlap, -1)
        chosen = numbers == overlap.argmax(axis=1)[:, None]
        chosen = chosen & free & (overlap >= level)
        result[:, rank] = chosen.any(axis=1)
        free &= ~chosen
    return result


def match_boxes(
    predictions: Boxes,
    scores: np.ndarray,
    truths: Boxes,
    thresholds: Sequence[float],
    protocol: str = 'act',
) -> np.ndarray:
    """Match boxes of a video with the truths of their frame and class.

    Args:
        predictions (Boxes): P boxes.
        scores (np.ndarray): (P,).
        truths (Boxes): N boxes.
        thresholds (Sequence[float]): T values of the IoU.
        protocol (str): As in `match`.

    Returns:
        np.ndarray: (T, P), whether each box found a truth. Boxes on frames
        without truths of their class found none.
    """
    matched = np.zeros((len(thresholds), len(scores)), dtype=bool)
    if not len(scores) or not len(truths.labels):
        return matched
    width = int(max(predictions.frames.max(), truths.frames.max())) + 1
    of_truth = truths.labels.astype(np.int64) * width + truths.frames
    of_box = predictions.labels.astype(np.int64) * width + predictions.frames
    rows = np.flatnonzero(np.isin(of_box, of_truth))
    rows = rows[rank_order(of_box[rows], scores[rows], predictions.boxes[rows])]
    truth_rows, there = _truths_by_group(of_truth, of_box[rows])
    edges = truths.boxes.astype(np.float32).astype(np.float64).T
    for places, mask in group_blocks(of_box[rows]):
        boxes = predictions.boxes[rows[places]].astype(np.float64)
        with_truths = truth_rows[:, places[0]]
        overlaps = iou_of_edges(
            np.moveaxis(boxes, -1, 0)[:, :, None], edges[:, with_truths]
        )
        overlaps[~(mask[:, None] & there[:, places[0]])] = -1
        found = match(overlaps, thresholds, protocol)
        matched[:, rows[places[mask]]] = found[:, mask]
    return matched


def _truths_by_group(
    of_truth: np.ndarray, of_box: np.ndarray
) -> Tuple[np.ndarray, np.ndarray]:
    """Rows of the truths in each box's group, (most in a group, P), and a mask
    of those that are one."""
    order = np.argsort(of_truth, kind='stable')
    first = np.searchsorted(of_truth[order], of_box, side='left')
    last = np.searchsorted(of_truth[order], of_box, side='right')
    most = int((last - first).max()) if len(of_box) else 0
    places = first + np.arange(most)[:, None]
    return order[np.minimum(places, len(order) - 1)], places < last


def match_tubes(
    tubes: Sequence[np.ndarray],
    scores: Sequence[float],
    truths: Sequence[np.ndarray],
    thresholds: Sequence[float],
    protocol: str = 'act',
) -> np.ndarray:
    """Match the tubes of a video with the true ones of their class.

    Args:
        tubes (Sequence[np.ndarray]): P tubes (n, 5 or more), rows ``frame,
            x1, y1, x2, y2``.
        scores (Sequence[float]): P scores; equal ones keep their order.
        truths (Sequence[np.ndarray]): N tubes, likewise.
        thresholds (Sequence[float]): T values of the spatio-temporal IoU.
        protocol (str): As in `match`.

    Returns:
        np.ndarray: (T, P), whether each tube found a true one.
    """
    order = np.argsort(-np.asarray(scores, dtype=np.float64), kind='stable')
    overlaps = tube_iou([tubes[index] for index in order], truths)
    matched = np.zeros((len(thresholds), len(order)), dtype=bool)
    matched[:, order] = match(overlaps[..., None], thresholds, protocol)[..., 0]
    return matched


def mean_over_classes(
    values: Sequence[float], has_detections: Sequence[bool], empty_classes: str = 'skip'
) -> Tuple[float, List[float]]:
    """Mean AP, and what to do with classes that have no truth.

    Args:
        values (Sequence[float]): AP of each class, NaN without truths.
        has_detections (Sequence[bool]): Whether a class was predicted.
        empty_classes (str): ``'skip'``: classes without truth are left out;
            ``'zero'``: those that were predicted nevertheless count as 0.

    Returns:
        tuple[float, list[float]]: Mean (0 where no class counts) and the AP
        of each class, NaN for those left out.

    Raises:
        ValueError: If ``empty_classes`` is something else.
    """
    if empty_classes not in ('skip', 'zero'):
        raise ValueError(
            f'empty_classes={empty_classes!r} is not known; '
            "choose one of ['skip', 'zero']."
        )
    result = np.asarray(values, dtype=np.float64).copy()
    if empty_classes == 'zero':
        result[np.isnan(result) & np.asarray(has_detections, dtype=bool)] = 0
    counted = result[~np.isnan(result)]
    return float(counted.mean()) if len(counted) else 0.0, result.tolist()
