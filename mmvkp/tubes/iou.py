"""IoU of boxes and of action tubes.

Boxes are `(x1, y1, x2, y2)` in pixels from 0. With `inclusive=True` the ends
belong to the box, as in the annotations of JHMDB and UCF101-24: a box of one
pixel has `x1 == x2` and area 1.
"""

from typing import List, Sequence

import numpy as np


def box_iou(
    first: np.ndarray, second: np.ndarray, inclusive: bool = True
) -> np.ndarray:
    """Intersection over union of boxes, element by element.

    Args:
        first (np.ndarray): (..., 4) boxes in pixels.
        second (np.ndarray): (..., 4) boxes in pixels; leading axes broadcast.
        inclusive (bool): Boxes include their right and lower edge.

    Returns:
        np.ndarray: Broadcast shape (...), values in [0, 1], in the floating type
        of the boxes; 0 for boxes without area.
    """
    return iou_of_edges(
        np.moveaxis(np.asarray(first), -1, 0),
        np.moveaxis(np.asarray(second), -1, 0),
        inclusive,
    )


def iou_of_edges(
    first: np.ndarray, second: np.ndarray, inclusive: bool = True
) -> np.ndarray:
    """IoU of boxes in the layout (4, ...), faster than `box_iou`.

    Args:
        first (np.ndarray): (4, ...) edges x1, y1, x2, y2 in pixels.
        second (np.ndarray): (4, ...); the trailing axes broadcast.
        inclusive (bool): See `box_iou`.

    Returns:
        np.ndarray: Broadcast shape (...), values in [0, 1].
    """
    kind = np.result_type(first, second, np.float32)
    one = kind.type(1 if inclusive else 0)
    first = first.astype(kind, copy=False)
    second = second.astype(kind, copy=False)
    # Two single boxes give NumPy scalars, which `out=` does not accept.
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
    """Area of boxes."""
    return (edges[2] - edges[0] + one) * (edges[3] - edges[1] + one)


def tube_iou(
    first: Sequence[np.ndarray], second: Sequence[np.ndarray], inclusive: bool = True
) -> np.ndarray:
    """Spatio-temporal IoU of all pairs of tubes.

    It is the mean IoU of the boxes over the common frames, multiplied by the
    temporal IoU: the number of common frames divided by the length from the
    first to the last frame of either tube.

    Args:
        first (Sequence[np.ndarray]): N tubes (n, 5 or more) of rows
            `frame, x1, y1, x2, y2` in pixels, each frame once. Frames may have
            any origin; ends are inclusive.
        second (Sequence[np.ndarray]): M tubes, likewise.
        inclusive (bool): See `box_iou`.

    Returns:
        np.ndarray: (N, M) in [0, 1]; 0 for empty tubes.

    Source: ACT (Action Tubelet Detector, arXiv:1705.01861), `iou3dt` of its
    evaluation code.
    """
    result = np.zeros((len(first), len(second)))
    tubes = [np.asarray(tube)[:, 0] for tube in (*first, *second) if len(tube)]
    if not result.size or not tubes:
        return result
    # Frames without any box would only take memory.
    frames = np.unique(np.concatenate(tubes).astype(np.int64))
    edges_a, present_a = _align(first, frames)
    edges_b, present_b = _align(second, frames)
    begin_a, end_a = _span(present_a, frames)
    begin_b, end_b = _span(present_b, frames)
    for row in range(len(first)):
        common = present_a[row] & present_b
        total = np.where(
            common, iou_of_edges(edges_a[:, row, None], edges_b, inclusive), 0
        )
        span = np.maximum(end_a[row], end_b) - np.minimum(begin_a[row], begin_b) + 1
        # The number of common frames cancels.
        result[row] = total.sum(axis=1) / span
    return result


def _align(tubes: Sequence[np.ndarray], frames: np.ndarray) -> List[np.ndarray]:
    """Edges (4, N, F) of the boxes in F frames, and a mask of known boxes."""
    edges = np.zeros((4, len(tubes), len(frames)))
    present = np.zeros((len(tubes), len(frames)), dtype=bool)
    for row, tube in enumerate(tubes):
        tube = np.asarray(tube, dtype=np.float64)
        if len(tube):
            at = np.searchsorted(frames, tube[:, 0].astype(np.int64))
            edges[:, row, at] = tube[:, 1:5].T
            present[row, at] = True
    return [edges, present]


def _span(present: np.ndarray, frames: np.ndarray) -> List[np.ndarray]:
    """First and last known frame of each tube."""
    last = present.shape[1] - 1 - present[:, ::-1].argmax(axis=1)
    return [frames[present.argmax(axis=1)], frames[last]]
