"""Compact detections of a test.

A test of UCF101-24 has 160,000 frames with 100 boxes each and 24 scores per box.
Therefore a box is stored once, a score refers to its box, and only the best
scores of each frame and class are kept.
"""

from typing import Dict, Iterable, List, NamedTuple, Optional, Tuple

import numpy as np

from .suppression import rank_order
from .tubelets import Tubelets


class Detections(NamedTuple):
    """Detections of a sample or of a video; the classes share their boxes.

    Args:
        frames (np.ndarray): (B,) int32, first frame of each tubelet, from 1.
        boxes (np.ndarray): (B, K, 4) float32, pixels from 0, ends inclusive.
        box (np.ndarray): (P,) int32, row in `boxes` of each detection.
        label (np.ndarray): (P,) int16, class, from 0.
        score (np.ndarray): (P,) float32.
        class_scores (np.ndarray, optional): (C,) float32. If given, P = B, `box`
            and `label` are empty, and the score of a box in a class is the
            product of both scores.
    """

    frames: np.ndarray
    boxes: np.ndarray
    box: np.ndarray
    label: np.ndarray
    score: np.ndarray
    class_scores: Optional[np.ndarray] = None

    def expanded(self) -> 'Detections':
        """Detections with one score for each box and class."""
        if self.class_scores is None:
            return self
        num_boxes, num_classes = len(self.frames), len(self.class_scores)
        return Detections(
            self.frames,
            self.boxes,
            np.tile(np.arange(num_boxes, dtype=np.int32), num_classes),
            np.repeat(np.arange(num_classes, dtype=np.int16), num_boxes),
            np.outer(self.class_scores, self.score).ravel(),
        )

    def tubelets(self) -> Tubelets:
        """Arrays (P, ...), the input of `evaluate_video`."""
        full = self.expanded()
        return Tubelets(
            full.frames[full.box], full.boxes[full.box], full.label, full.score
        )


def pack(
    frames: np.ndarray,
    boxes: np.ndarray,
    scores: np.ndarray,
    labels: Optional[np.ndarray],
    class_scores: Optional[np.ndarray],
    limit: Optional[int],
) -> Detections:
    """Select the best detections of each frame and class.

    Args:
        frames (np.ndarray): (B,) first frame of each tubelet.
        boxes (np.ndarray): (B, K, 4) pixels.
        scores (np.ndarray): (B,), or (B, C) without `labels`.
        labels (np.ndarray, optional): (B,) classes.
        class_scores (np.ndarray, optional): (C,), multiplied with `scores` (B,)
            in place of labels.
        limit (int, optional): Detections per frame and class; all if None. Equal
            scores are ordered by coordinates.
    """
    frames = frames.astype(np.int32)
    boxes = boxes.astype(np.float32)
    scores = scores.astype(np.float32)
    empty = np.zeros(0, dtype=np.int32)
    if class_scores is not None:
        best = _best(frames, scores, boxes, limit)
        return Detections(
            frames[best],
            boxes[best],
            empty,
            empty.astype(np.int16),
            scores[best],
            class_scores.astype(np.float32),
        )
    if scores.ndim == 1:
        box, label = np.arange(len(scores)), np.asarray(labels)
    elif limit is None or len(scores) <= limit:
        label, box = np.indices(scores.T.shape).reshape(2, -1)
        return Detections(
            frames,
            boxes,
            box.astype(np.int32),
            label.astype(np.int16),
            scores.T.ravel(),
        )
    else:
        box, label = _candidates(frames, scores, limit)
        scores = scores[box, label]
    groups = label.astype(np.int64) * (int(frames.max(initial=0)) + 1)
    best = _best(groups + frames[box], scores, boxes[box], limit)
    used, box = np.unique(box[best], return_inverse=True)
    return Detections(
        frames[used],
        boxes[used],
        box.astype(np.int32),
        label[best].astype(np.int16),
        scores[best],
    )


def _candidates(
    frames: np.ndarray, scores: np.ndarray, limit: int
) -> Tuple[np.ndarray, np.ndarray]:
    """Boxes and classes that can be among the best `limit` of their frame.

    More than `limit` are returned where scores are equal.
    """
    good = np.ones(scores.shape, dtype=bool)
    for frame in np.unique(frames).tolist():
        rows = np.flatnonzero(frames == frame)
        if len(rows) > limit:
            part, place = scores[rows].T, len(rows) - limit
            level = np.partition(part, place, axis=1)[:, place]
            good[rows] = (part >= level[:, None]).T
    label, box = np.nonzero(good.T)
    return box, label


def _best(
    groups: np.ndarray, scores: np.ndarray, boxes: np.ndarray, limit: Optional[int]
) -> np.ndarray:
    """Rows of the best `limit` of each group."""
    if limit is None or not len(groups):
        return np.arange(len(groups))
    counts = np.unique(groups, return_counts=True)[1]
    if counts.max() <= limit:
        return np.arange(len(groups))
    order = rank_order(groups, scores, boxes)
    ranked = groups[order]
    rank = np.arange(len(order)) - np.searchsorted(ranked, ranked)
    return np.sort(order[rank < limit])


def merge(video: str, samples: Iterable[Detections], tubelet_length: int) -> Detections:
    """Merge the samples of a video.

    Equal samples count once: samplers of distributed runs repeat some samples.

    Args:
        video (str): Name of the video, for messages.
        samples (Iterable[Detections]): Samples in any order.
        tubelet_length (int): K, for videos without samples.

    Raises:
        ValueError: If two samples have different detections of a frame.
    """
    parts: List[Detections] = []
    of_frame: Dict[int, Detections] = {}
    for sample in samples:
        frames = np.unique(sample.frames).tolist()
        seen = [frame for frame in frames if frame in of_frame]
        if seen:
            if not _same(sample, of_frame[seen[0]]):
                raise ValueError(
                    f'video {video!r}, frame {seen[0]}: two samples have '
                    'different detections on it; each frame (the first frame '
                    'of each tubelet) belongs to one sample. Set '
                    "test_clips='centered' or 'windows' in the data set."
                )
        elif frames:
            of_frame.update(dict.fromkeys(frames, sample))
            parts.append(sample.expanded())
    if not parts:
        parts = [pack_nothing(tubelet_length)]
    shifts = np.cumsum([0] + [len(part.frames) for part in parts[:-1]])
    boxes = [part.box + shift for part, shift in zip(parts, shifts.tolist())]
    return Detections(
        np.concatenate([part.frames for part in parts]),
        np.concatenate([part.boxes for part in parts]),
        np.concatenate(boxes).astype(np.int32),
        np.concatenate([part.label for part in parts]),
        np.concatenate([part.score for part in parts]),
    )


def pack_nothing(tubelet_length: int) -> Detections:
    """Empty detections.

    Args:
        tubelet_length (int): K.
    """
    return pack(
        np.zeros(0),
        np.zeros((0, tubelet_length, 4)),
        np.zeros(0),
        np.zeros(0),
        None,
        None,
    )


def _same(first: Detections, second: Detections) -> bool:
    """True if all arrays are equal."""
    for one, other in zip(first, second):
        if one is None or other is None:
            if one is not other:
                return False
        elif not np.array_equal(one, other):
            return False
    return True
