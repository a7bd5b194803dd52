"""Detections of one video."""

from typing import NamedTuple

import numpy as np

SMALLEST_SCORE = 1e-6


class Tubelets(NamedTuple):
    """Detections of one video.

    Attributes:
        frames (np.ndarray): (P,) first frame of each tubelet, from 1.
        boxes (np.ndarray): (P, K, 4) `x1, y1, x2, y2` in pixels from 0, ends
            inclusive; K = 1 for boxes of single frames.
        labels (np.ndarray): (P,) class, from 0.
        scores (np.ndarray): (P,).
    """

    frames: np.ndarray
    boxes: np.ndarray
    labels: np.ndarray
    scores: np.ndarray


def average_classes(
    detections: Tubelets, num_frames: int, num_classes: int, window: int
) -> Tubelets:
    """Average the shares of the classes over the frames around each frame.

    The score of a box is the sum of its scores over the classes. A frame has the
    share of each class in the scores of its boxes. The shares of the frames within
    `window` are averaged with the largest box score of each frame as weight, and a
    box gets its score times the averaged share of each class: boxes and their
    extent in time do not change. For detectors that classify a clip, not each
    actor; the clips around neighbouring frames then vote.

    Args:
        detections (Tubelets): P detections, one for each box and class.
        num_frames (int): F, length of the video.
        num_classes (int): C.
        window (int): Frames before and after a frame.

    Returns:
        Tubelets: Detections with a score above 1e-6, sorted by class and frame.

    Source: chosen here; not part of the published evaluations.
    """
    frames, boxes, labels, scores = detections
    if not len(frames):
        return detections
    rows = np.concatenate([frames[:, None], boxes.reshape(len(frames), -1)], 1)
    _, first, same = np.unique(rows, axis=0, return_index=True, return_inverse=True)
    totals = np.bincount(same.ravel(), scores, len(first))
    at = np.asarray(frames)[first]
    shares = np.zeros((num_frames + 1, num_classes))
    np.add.at(shares, (frames, labels), scores)
    weights = np.zeros(num_frames + 1)
    np.maximum.at(weights, at, totals)
    shares *= weights[:, None] / np.maximum(shares.sum(1, keepdims=True), 1e-12)
    window = min(window, num_frames)
    sums = np.concatenate([np.zeros((1, num_classes)), shares.cumsum(0)])
    low = np.maximum(at - window, 0)
    high = np.minimum(at + window, num_frames) + 1
    averaged = np.maximum(sums[high] - sums[low], 0)
    averaged /= np.maximum(averaged.sum(1, keepdims=True), 1e-12)
    label, box = np.nonzero((totals[:, None] * averaged).T > SMALLEST_SCORE)
    return Tubelets(
        at[box],
        boxes[first[box]],
        label,
        (totals[box] * averaged[box, label]).astype(np.float32),
    )
