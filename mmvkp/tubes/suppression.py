"""Non-maximum suppression of boxes, of tubelets and of tubes.

Many small groups of boxes (one for each frame and class) are treated at
once: the groups are laid side by side, and the ranks are visited in turn.
Detections with equal scores are ordered by their coordinates, so that the
order in which they were given never changes a result.
"""

from typing import Iterator, List, Sequence, Tuple

import numpy as np

from .iou import iou_of_edges, tube_iou

# Boxes laid side by side, and pairs of them looked at together: few enough to
# stay in the cache, enough to hide what a call of numpy costs.
BLOCK = 1 << 14
PAIRS = 1 << 17


def rank_order(groups: np.ndarray, scores: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """Order by group, then by falling score, then by coordinates.

    Args:
        groups (np.ndarray): (P,) number of the group of each detection.
        scores (np.ndarray): (P,).
        boxes (np.ndarray): (P, ...) coordinates, compared one by one where
            scores are equal.

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
    """Lay sorted groups side by side, those of about one size together.

    Args:
        groups (np.ndarray): (P,) ascending numbers of groups.

    Yields:
        tuple[np.ndarray, np.ndarray]: Places (M, G) in ``groups`` of the
        members of G groups, in their order, and a mask (M, G) of the places
        that hold a member; the others say 0.
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
    """Non-maximum suppression of boxes or tubelets inside each group.

    The members of a group are visited by falling score. Those that follow,
    are not suppressed yet and overlap the visited one by more than
    ``threshold`` are suppressed. The overlap of two tubelets of K boxes is
    the mean IoU of their K pairs.

    ``soft=True`` is the decay of MOC: a suppressed detection stays, its score
    is multiplied by ``1 - sum of the K IoUs`` and it suppresses nothing. With
    K > 1 that factor is negative, so that such a tubelet comes last.
    ``soft=False`` removes it, as ACT does.

    Args:
        boxes (np.ndarray): (P, K, 4) pixels, ends inclusive.
        scores (np.ndarray): (P,).
        groups (np.ndarray): (P,) integers; only members of one group meet.
        threshold (float): In [0, 1].
        soft (bool): Decay instead of removal.

    Returns:
        tuple[np.ndarray, np.ndarray]: Indices (Q,) of what is left, by group
        and falling new score, and these scores (Q,) as float32.

    Source: MOC (Actions as Moving Points, arXiv 2001.04608) and ACT
    (arXiv 1705.01861), their evaluation code.
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
    """Factors (M, G) of the scores of G groups, and what is not suppressed;
    ``edges`` is (4, K, M, G), ranked from the best on."""
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
    """Keep the tubes that no better one overlaps.

    Args:
        tubes (Sequence[np.ndarray]): N tubes (n, 5 or more), rows ``frame,
            x1, y1, x2, y2``.
        scores (Sequence[float]): N scores; equal ones keep their order.
        threshold (float): Largest spatio-temporal overlap (`tube_iou`) with
            a better tube that is kept.

    Returns:
        list[int]: Indices of the kept tubes, best first.
    """
    order = np.argsort(-np.asarray(scores, dtype=np.float64), kind='stable')
    overlap = tube_iou(tubes, tubes) if len(tubes) > 1 else None
    kept: List[int] = []
    for index in order.tolist():
        if not kept or overlap[index, kept].max() <= threshold:
            kept.append(index)
    return kept
