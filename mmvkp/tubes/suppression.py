"""Non-maximum suppression of boxes, tubelets and tubes.

Many small groups of boxes (one for each frame and class) are processed in
parallel: groups are the columns of a table, and its rows, the ranks, are visited
in turn. Equal scores are ordered by coordinates, so that the order of the input
never changes a result.
"""

from typing import Iterator, List, Sequence, Tuple

import numpy as np

from .iou import iou_of_edges, tube_iou

# Boxes of a table, and pairs compared at once: few enough for the cache, enough to
# hide the cost of a NumPy call.
BLOCK = 1 << 14
PAIRS = 1 << 17


def rank_order(groups: np.ndarray, scores: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """Order by group, descending score and, for equal scores, coordinates.

    Args:
        groups (np.ndarray): (P,) group of each detection.
        scores (np.ndarray): (P,).
        boxes (np.ndarray): (P, ...) coordinates.

    Returns:
        np.ndarray: (P,) indices.
    """
    order = np.lexsort((-scores, groups))
    tied = (np.diff(groups[order]) == 0) & (np.diff(scores[order]) == 0)
    if tied.any():
        run = np.concatenate([[0], np.cumsum(~tied)])
        places = np.flatnonzero(
            np.concatenate([[False], tied]) | np.concatenate([tied, [False]])
        )
        rows = order[places]
        keys = boxes[rows].reshape(len(rows), -1).T[::-1]
        order[places] = rows[np.lexsort((*keys, run[places]))]
    return order


def group_blocks(groups: np.ndarray) -> Iterator[Tuple[np.ndarray, np.ndarray]]:
    """Arrange sorted groups as columns of tables, similar sizes together.

    Args:
        groups (np.ndarray): (P,) ascending group numbers.

    Yields:
        tuple[np.ndarray, np.ndarray]: Indices (M, G) into `groups` of the members
        of G groups, in their order, and a mask (M, G) of valid indices; the
        others are 0.
    """
    if not len(groups):
        return
    starts = np.flatnonzero(np.concatenate([[True], np.diff(groups) != 0]))
    sizes = np.diff(np.concatenate([starts, [len(groups)]]))
    by_size = np.argsort(sizes, kind='stable')[::-1]
    begin = 0
    while begin < len(by_size):
        largest = sizes[by_size[begin]]
        end = begin + max(1, int(BLOCK // largest))
        # Less than half of a block is padding.
        end = min(end, int(np.sum(2 * sizes >= largest)))
        part = by_size[begin:end]
        rank = np.arange(largest)[:, None]
        mask = rank < sizes[part]
        yield np.where(mask, starts[part] + rank, 0), mask
        begin = end


def suppress(
    boxes: np.ndarray,
    scores: np.ndarray,
    groups: np.ndarray,
    threshold: float = 0.6,
    soft: bool = True,
) -> Tuple[np.ndarray, np.ndarray]:
    """Non-maximum suppression of boxes or tubelets within groups.

    The members of a group are visited by descending score. Each one suppresses
    the later members whose overlap with it exceeds `threshold`. The overlap of
    two tubelets is the mean IoU of their K pairs of boxes.

    `soft=True` is the decay of MOC: a suppressed detection remains, its score is
    multiplied by `1 - sum of the K IoUs`, and it suppresses no others. For K > 1
    the factor is negative, so that such a tubelet comes last. `soft=False`
    removes it, as in ACT.

    Args:
        boxes (np.ndarray): (P, K, 4) pixels, ends inclusive.
        scores (np.ndarray): (P,).
        groups (np.ndarray): (P,) integers; groups do not affect each other.
        threshold (float): IoU in [0, 1].
        soft (bool): Decay instead of removal.

    Returns:
        tuple[np.ndarray, np.ndarray]: Indices (Q,) of the remaining detections,
        by group and descending new score, and these scores (Q,) as float32.

    Source: evaluation code of MOC (Actions as Moving Points, arXiv:2001.04608)
    and ACT (arXiv:1705.01861).
    """
    scores = np.asarray(scores, dtype=np.float32)
    order = rank_order(groups, scores, boxes)
    edges = np.ascontiguousarray(
        np.moveaxis(boxes[order].astype(np.float32), 0, -1).swapaxes(0, 1)
    )
    changed = scores[order]
    keep = np.ones(len(order), dtype=bool)
    for places, mask in group_blocks(groups[order]):
        factor, alive = _visit(edges[:, :, places], mask, threshold)
        changed[places[mask]] *= factor[mask]
        keep[places[mask]] = alive[mask]
    if not soft:
        return order[keep], changed[keep]
    again = rank_order(groups[order], changed, boxes[order])
    return order[again], changed[again]


def _visit(
    edges: np.ndarray, mask: np.ndarray, threshold: float
) -> Tuple[np.ndarray, np.ndarray]:
    """Run the suppression of G groups.

    Args:
        edges (np.ndarray): (4, K, M, G) boxes, best first.
        mask (np.ndarray): (M, G) valid boxes.
        threshold (float): See `suppress`.

    Returns:
        tuple[np.ndarray, np.ndarray]: Factors (M, G) of the scores, and a mask of
        the boxes that are not suppressed.
    """
    alive, factor = mask.copy(), np.ones(mask.shape, dtype=np.float32)
    length = edges.shape[1]
    step = max(1, PAIRS // (mask.size * length))
    for begin in range(0, len(mask) - 1, step):
        first = edges[:, :, begin : begin + step, None]
        total = iou_of_edges(first, edges[:, :, None, begin + 1 :]).sum(axis=0)
        over = total > threshold * length
        for row in np.flatnonzero(over.any(axis=(1, 2))).tolist():
            rest = slice(begin + row + 1, None)
            hit = over[row, row:] & alive[rest] & alive[begin + row]
            alive[rest] &= ~hit
            factor[rest][hit] -= total[row, row:][hit]
    return factor, alive


def suppress_tubes(
    tubes: Sequence[np.ndarray], scores: Sequence[float], threshold: float = 0.3
) -> List[int]:
    """Non-maximum suppression of tubes.

    Args:
        tubes (Sequence[np.ndarray]): N tubes (n, 5 or more) of rows `frame, x1,
            y1, x2, y2`.
        scores (Sequence[float]): N scores; equal ones keep their order.
        threshold (float): Largest allowed IoU (`tube_iou`) with a better tube.

    Returns:
        list[int]: Indices of the kept tubes, best first.
    """
    order = np.argsort(-np.asarray(scores, dtype=np.float64), kind='stable')
    overlap = tube_iou(tubes, tubes)
    kept: List[int] = []
    for index in order.tolist():
        if not kept or overlap[index, kept].max() <= threshold:
            kept.append(index)
    return kept
