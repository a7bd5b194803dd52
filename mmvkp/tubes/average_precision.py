"""Average precision of detections, and their matching with ground truth.

There are two protocols. `'act'` is the protocol of ACT and MOC, used for the
published tables of action detection: a detection takes the best free ground
truth, and the precision-recall curve, starting at precision 1 and recall 0, is
integrated by trapezoids. `'voc'` is the protocol of PASCAL VOC 2012: a detection
is wrong if its best ground truth is taken, even if another one overlaps enough;
the monotone envelope of the precision is integrated by steps.

Equal scores: no threshold separates such detections. The AP is the expectation
over all of their orders, see `tied_precision`. Detections of a frame, and tubes of
a video, are matched in the order of score, then IoU, both descending, so that the
order of the input does not matter.
"""

from typing import List, NamedTuple, Sequence, Tuple

import numpy as np

from .iou import iou_of_edges, tube_iou
from .suppression import group_blocks, rank_order
from .tied_precision import expected_act_area, expected_voc_area, make_blocks

PROTOCOLS = ('act', 'voc')


class Boxes(NamedTuple):
    """Labelled boxes of one video, detected or annotated.

    Attributes:
        frames (np.ndarray): (P,) frame of each box, any origin.
        boxes (np.ndarray): (P, 4) `x1, y1, x2, y2` in pixels, ends inclusive.
        labels (np.ndarray): (P,) class, from 0.
    """

    frames: np.ndarray
    boxes: np.ndarray
    labels: np.ndarray


def check_protocol(protocol: str) -> None:
    """Refuse an unknown protocol.

    Raises:
        ValueError: If `protocol` is neither `'act'` nor `'voc'`.
    """
    if protocol not in PROTOCOLS:
        raise ValueError(
            f'protocol={protocol!r} is not known; choose one of {list(PROTOCOLS)}.'
        )


def average_precision(
    scores: np.ndarray, matched: np.ndarray, num_truths: int, protocol: str = 'act'
) -> float:
    """Area under the precision-recall curve, in percent.

    With equal scores it is the expectation over all orders of tied detections.

    Args:
        scores (np.ndarray): (P,) of all detections of a class.
        matched (np.ndarray): (P,) bool, True for correct detections.
        num_truths (int): Number of ground truths of the class.
        protocol (str): `'act'` or `'voc'`.

    Returns:
        float: In [0, 100]; NaN without ground truth.

    Raises:
        ValueError: If the protocol is unknown.
    """
    check_protocol(protocol)
    if num_truths == 0:
        return float('nan')
    scores, matched = np.asarray(scores), np.asarray(matched, dtype=bool)
    if not matched.any():
        return 0.0
    # Detections after the last hit change neither recall nor envelope.
    used = scores >= scores[matched].min()
    blocks = make_blocks(scores[used], matched[used])
    area = expected_act_area if protocol == 'act' else expected_voc_area
    return 100 * area(blocks) / num_truths


def match(
    overlaps: np.ndarray, thresholds: Sequence[float], protocol: str = 'act'
) -> np.ndarray:
    """Match detections with ground truths.

    Args:
        overlaps (np.ndarray): (P, N, G) IoU of P detections, best first, with N
            ground truths, in each of G groups; -1 for padding.
        thresholds (Sequence[float]): T values of the IoU in (0, 1].
        protocol (str): `'act'`: a matched ground truth is ignored afterwards;
            `'voc'`: a later detection that overlaps it best is wrong.

    Returns:
        np.ndarray: (T, P, G) bool, True for correct detections.
    """
    count, num_truths, groups = overlaps.shape
    level = np.asarray(thresholds, dtype=np.float64)[:, None, None]
    result = np.zeros((len(thresholds), count, groups), dtype=bool)
    if not overlaps.size or not len(thresholds):
        return result
    if num_truths == 1:
        # The first detection with enough overlap is correct.
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
    """Match boxes of a video with the ground truth of their frame and class.

    Args:
        predictions (Boxes): P detected boxes.
        scores (np.ndarray): (P,).
        truths (Boxes): N annotated boxes.
        thresholds (Sequence[float]): T values of the IoU.
        protocol (str): See `match`.

    Returns:
        np.ndarray: (T, P) bool, True for correct boxes.
    """
    matched = np.zeros((len(thresholds), len(scores)), dtype=bool)
    if not len(scores) or not len(truths.labels):
        return matched
    width = int(max(predictions.frames.max(), truths.frames.max())) + 1
    of_truth = truths.labels.astype(np.int64) * width + truths.frames
    of_box = predictions.labels.astype(np.int64) * width + predictions.frames
    rows = np.flatnonzero(np.isin(of_box, of_truth))
    rows = rows[rank_order(of_box[rows], scores[rows], predictions.boxes[rows])]
    truth_rows, valid = _truths_by_group(of_truth, of_box[rows])
    edges = truths.boxes.astype(np.float32).astype(np.float64).T
    for places, mask in group_blocks(of_box[rows]):
        boxes = predictions.boxes[rows[places]].astype(np.float64)
        with_truths = truth_rows[:, places[0]]
        overlaps = iou_of_edges(
            np.moveaxis(boxes, -1, 0)[:, :, None], edges[:, with_truths]
        )
        overlaps[~(mask[:, None] & valid[:, places[0]])] = -1
        order = _tied_by_iou(scores[rows[places]], overlaps, mask)
        overlaps = np.take_along_axis(overlaps, order[:, None], axis=0)
        found = np.zeros((len(thresholds), *mask.shape), dtype=bool)
        np.put_along_axis(
            found, order[None], match(overlaps, thresholds, protocol), axis=1
        )
        matched[:, rows[places[mask]]] = found[:, mask]
    return matched


def _tied_by_iou(
    scores: np.ndarray, overlaps: np.ndarray, mask: np.ndarray
) -> np.ndarray:
    """Order of score, then best IoU, both descending; (P, G) row numbers.

    Args:
        scores (np.ndarray): (P, G).
        overlaps (np.ndarray): (P, N, G) IoU with N ground truths.
        mask (np.ndarray): (P, G) valid detections; the others stay last.
    """
    return np.lexsort((-overlaps.max(axis=1), -scores, ~mask), axis=0)


def _truths_by_group(
    of_truth: np.ndarray, of_box: np.ndarray
) -> Tuple[np.ndarray, np.ndarray]:
    """Ground truths in the group of each box.

    Returns:
        tuple[np.ndarray, np.ndarray]: Rows (N, P), N the most of a group, and a
        mask of valid rows.
    """
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
    """Match the tubes of a video and class with the ground truth.

    Args:
        tubes (Sequence[np.ndarray]): P tubes (n, 5 or more) of rows `frame, x1,
            y1, x2, y2`.
        scores (Sequence[float]): P scores.
        truths (Sequence[np.ndarray]): N annotated tubes, likewise.
        thresholds (Sequence[float]): T values of the spatio-temporal IoU.
        protocol (str): See `match`.

    Returns:
        np.ndarray: (T, P) bool, True for correct tubes.
    """
    overlaps = tube_iou(tubes, truths)
    levels = np.asarray(scores, dtype=np.float64)
    order = np.lexsort((-overlaps.max(axis=1, initial=0), -levels))
    matched = np.zeros((len(thresholds), len(order)), dtype=bool)
    matched[:, order] = match(overlaps[order, :, None], thresholds, protocol)[..., 0]
    return matched


def mean_over_classes(
    values: Sequence[float], has_detections: Sequence[bool], empty_classes: str = 'skip'
) -> Tuple[float, List[float]]:
    """Mean AP over classes.

    Args:
        values (Sequence[float]): AP of each class, NaN without ground truth.
        has_detections (Sequence[bool]): True for predicted classes.
        empty_classes (str): Classes without ground truth: `'skip'` ignores them,
            `'zero'` counts predicted ones as 0.

    Returns:
        tuple[float, list[float]]: Mean (0 if no class counts) and the AP of each
        class, NaN for ignored classes.

    Raises:
        ValueError: If `empty_classes` is unknown.
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
