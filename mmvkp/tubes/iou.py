"""Overlap of boxes and of action tubes.

Boxes are ``(x1, y1, x2, y2)`` in pixels counted from 0. With
``inclusive=True`` the right and lower edge belong to the box, as in the
annotations of JHMDB and UCF101-24: a box of one pixel has ``x1 == x2`` and
area 1.
"""

from typing import List, Sequence

import numpy as np


def box_iou(
    first: np.ndarray, second: np.ndarray, inclusive: bool = True
) -> np.ndarray:
    """Intersection over union of boxes, element by element.

    Args:
        first (np.ndarray): (..., 4) boxes in pixels.
        second (np.ndarray): (..., 4) boxes in pixels; the leading axes of
            both broadcast.
        inclusive (bool): Whether the right and lower edge belong to the box.

    Returns:
        np.ndarray: (...) in [0, 1], of the boxes' floating type. Boxes
        without area overlap nothing.
    """
    return iou_of_edges(
        np.moveaxis(np.asarray(first), -1, 0),
        np.moveaxis(np.asarray(second), -1, 0),
        inclusive,
    )


def iou_of_edges(
    first: np.ndarray, second: np.ndarray, inclusive: bool = True
) -> np.ndarray:
    """`box_iou` for the layout (4, ...), which is faster on many boxes.

    Args:
        first (np.ndarray): (4, ...) edges x1, y1, x2, y2 in pixels.
        second (np.ndarray): (4, ...); the trailing axes broadcast.
        inclusive (bool): As in `box_iou`.

    Returns:
        np.ndarray: (...) in [0, 1].
    """
    kind = np.result_type(first, second, np.float32)
    one = kind.type(1 if inclusive else 0)
    first = first.astype(kind, copy=False)
    second = second.astype(kind, copy=False)
    # Of two single boxes numpy makes bare numbers, which know no `out`.
    overlap = np.asarray(np.minimum(first[2], second[2]))
    overlap -= np.maximum(first[0], second[0])
    overlap += one
    np.maximum(overlap, 0, out=overlap)
    height = np.asarray(np.minimum(first[3], second[3]))
    height -= np.maximum(first[1], second[1])
    height += one
    np.maximum(height, 0, out=height)
    overlap *= height
    union = _area(first, one) + _area(second, one) - overlap
    return np.divide(overlap, union, out=np.zeros_like(overlap), where=union > 0)


def _area(edges: np.ndarray, one: np.floating) -> np.ndarray:
    return (edges[2] - edges[0] + one) * (edges[3] - edges[1] + one)


def tube_iou(
    first: Sequence[np.ndarray], second: Sequence[np.ndarray], inclusive: bool = True
) -> np.ndarray:
    """Spatio-temporal overlap of every tube with every other.

    It is the mean IoU of the boxes over the frames that both tubes have,
    times the number of these frames over the length of the union of both,
    which goes from the first to the last frame of either.

    Args:
        first (Sequence[np.ndarray]): N tubes (n, 5 or more), rows
            ``frame, x1, y1, x2, y2`` in pixels; no frame twice. Frame
            numbers may have any origin, both ends count.
        second (Sequence[np.ndarray]): M tubes, likewise.
        inclusive (bool): As in `box_iou`.

    Returns:
        np.ndarray: (N, M) in [0, 1]. A tube without rows overlaps nothing.

    Source: ACT (Action Tubelet Detector, arXiv 1705.01861), ``iou3dt`` of
    its evaluation.
    """
    result = np.zeros((len(first), len(second)))
    tubes = [np.asarray(tube) for tube in (*first, *second) if len(tube)]
    if not result.size or not tubes:
        return result
    start = int(min(tube[:, 0].min() for tube in tubes))
    length = int(max(tube[:, 0].max() for tube in tubes)) - start + 1
    edges_a, there_a = _on_one_clock(first, start, length)
    edges_b, there_b = _on_one_clock(second, start, length)
    begin_a, end_a = _span(there_a)
    begin_b, end_b = _span(there_b)
    for row in range(len(first)):
        common = there_a[row] & there_b
        total = np.where(
            common, iou_of_edges(edges_a[:, row, None], edges_b, inclusive), 0
        )
        span = np.maximum(end_a[row], end_b) - np.minimum(begin_a[row], begin_b) + 1
        # Mean over common frames times common frames: the count cancels.
        result[row] = total.sum(axis=1) / span
    return result


def _on_one_clock(
    tubes: Sequence[np.ndarray], start: int, length: int
) -> List[np.ndarray]:
    """Edges (4, N, length) of the boxes by frame, and which are there."""
    edges = np.zeros((4, len(tubes), length))
    there = np.zeros((len(tubes), length), dtype=bool)
    for row, tube in enumerate(tubes):
        tube = np.asarray(tube, dtype=np.float64)
        if len(tube):
            at = tube[:, 0].astype(np.int64) - start
            edges[:, row, at] = tube[:, 1:5].T
            there[row, at] = True
    return [edges, there]


def _span(there: np.ndarray) -> List[np.ndarray]:
    """First and last frame that is there, on the common clock."""
    return [there.argmax(axis=1), there.shape[1] - 1 - there[:, ::-1].argmax(axis=1)]
