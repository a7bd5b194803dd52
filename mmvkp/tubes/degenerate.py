"""Degenerate boxes: one rule for annotations, the data set, training and the metric.

A box is degenerate if a value is not finite, if `x2 <= x1` or `y2 <= y1`, or if it is
entirely outside the image. No detector can learn or find such a box. The checks of
annotations report it. If training continues, no loss is computed on frames with such
a box, since the actor is there, and clips inside tubes exclude them. Metrics drop it.
"""

from typing import Any, Dict, List, Optional, Sequence, Tuple

import numpy as np

from .annotations import TubeAnnotations


def usable_boxes(boxes: Any, size: Optional[Tuple[int, int]] = None) -> Any:
    """True for boxes that are not degenerate.

    Args:
        boxes (np.ndarray | Tensor): `x1, y1, x2, y2` in pixels from 0.
        size (tuple[int, int], optional): Height and width of the image in pixels;
            None: boxes outside the image are not found.

    Shape:
        - boxes: (..., 4).
        - returns: (...) bool, of the same library as the boxes.

    Example:
        >>> usable_boxes(np.array([[1, 2, 1, 9], [1, 2, 3, 9]]), (10, 10))
        array([False,  True])
    """
    # Comparisons with NaN are False.
    usable = (abs(boxes) < float('inf')).all(-1)
    usable &= (boxes[..., 2] > boxes[..., 0]) & (boxes[..., 3] > boxes[..., 1])
    if size is not None:
        height, width = size
        usable &= (boxes[..., 2] >= 0) & (boxes[..., 3] >= 0)
        usable &= (boxes[..., 0] < width) & (boxes[..., 1] < height)
    return usable


def usable_tubes(
    tubes: Sequence[np.ndarray], size: Optional[Tuple[int, int]] = None
) -> List[np.ndarray]:
    """Tubes without the rows of degenerate boxes.

    Args:
        tubes (Sequence[np.ndarray]): (n, 5) each: `frame, x1, y1, x2, y2`.
        size (tuple[int, int], optional): See `usable_boxes`.

    Returns:
        list[np.ndarray]: As many tubes; a tube may be empty.
    """
    return [tube[usable_boxes(tube[:, 1:5], size)] for tube in tubes]


def usable_truths(
    annotations: TubeAnnotations, videos: Sequence[str]
) -> Tuple[Dict[str, Dict[int, List[np.ndarray]]], int]:
    """Ground truth of an evaluation: tubes without degenerate boxes.

    Args:
        annotations (TubeAnnotations): The annotations.
        videos (Sequence[str]): Evaluated videos.

    Returns:
        tuple: Tubes by video and class, of shape (n, 5) as in `TubeAnnotations` and
        without empty ones, and the number of dropped boxes.
    """
    truths: Dict[str, Dict[int, List[np.ndarray]]] = {}
    dropped = 0
    for video in videos:
        size = annotations.resolution.get(video)
        truths[video] = {}
        for label, tubes in annotations.gttubes.get(video, {}).items():
            kept = usable_tubes(tubes, size)
            dropped += sum(map(len, tubes)) - sum(map(len, kept))
            truths[video][label] = [tube for tube in kept if len(tube)]
    return truths, dropped
