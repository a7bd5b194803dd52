"""Sources of the errors of a detector: metrics with one part of its output corrected.

The detections of a test are evaluated again with true temporal extents, true boxes,
true classes and their combinations. The gain of a correction is the accuracy that is
lost there. Detections are single boxes of frames.
"""

from itertools import combinations
from typing import Dict, List, NamedTuple, Sequence, Tuple

import numpy as np

from .annotations import TubeAnnotations
from .degenerate import usable_truths
from .detection_files import DetectionReader
from .detections import Detections
from .evaluation import Truths, evaluate_video
from .iou import box_iou
from .options import TubeOptions
from .summary import align, summarise

PARTS = ('extents', 'boxes', 'classes')
# Overlap from which a detection is a detection of a true box.
SAME_ACTOR = 0.3
LEVELS = (0.5, 0.6, 0.7, 0.8, 0.9)


class FrameTruth(NamedTuple):
    """True boxes of a video in one list.

    Shape:
        - frames: (A,) int64, from 1.
        - boxes: (A, 4) `x1, y1, x2, y2` in pixels, ends inclusive.
        - labels: (A,) int64, class, from 0.
    """

    frames: np.ndarray
    boxes: np.ndarray
    labels: np.ndarray


def frame_truth(truths: Truths) -> FrameTruth:
    """List the boxes of the tubes of a video.

    Args:
        truths (dict[int, list[np.ndarray]]): Tubes (n, 5) of each class.
    """
    pairs = [(tube, label) for label, tubes in truths.items() for tube in tubes]
    rows = np.concatenate([np.zeros((0, 5)), *(tube[:, :5] for tube, _ in pairs)])
    labels = [np.full(len(tube), label) for tube, label in pairs]
    return FrameTruth(
        rows[:, 0].astype(np.int64),
        rows[:, 1:],
        np.concatenate([np.zeros(0, dtype=np.int64), *labels]),
    )


def overlaps(boxes: np.ndarray, frames: np.ndarray, truth: FrameTruth) -> np.ndarray:
    """IoU of boxes with the true boxes of their frames.

    Shape:
        - boxes: (B, 4), as in `FrameTruth`.
        - frames: (B,).
        - returns: (B, A); 0 for boxes of different frames.
    """
    iou = box_iou(boxes[:, None].astype(np.float64), truth.boxes[None])
    return np.where(frames[:, None] == truth.frames, iou, 0)


def correct(found: Detections, truth: FrameTruth, parts: Sequence[str]) -> Detections:
    """Detections of a video with some parts replaced by the truth.

    Args:
        found (Detections): Single boxes, with one score for each box and class.
        truth (FrameTruth): True boxes of the video.
        parts (Sequence[str]): Some of `PARTS`. `'extents'`: detections on frames
            without a true box are removed. `'boxes'`: a box becomes the true box
            with the largest IoU, if this is at least 0.3. `'classes'`: such a box
            has only the class of that true box, with the sum of its scores.

    Returns:
        Detections: A new object.
    """
    frames, boxes, box, label, score = found[:5]
    iou = overlaps(boxes[:, 0], frames, truth)
    best = iou.argmax(1) if iou.shape[1] else np.zeros(len(boxes), dtype=np.int64)
    same = iou.max(1, initial=0) >= SAME_ACTOR
    if 'boxes' in parts:
        boxes = boxes.copy()
        boxes[same, 0] = truth.boxes[best[same]]
    if 'classes' in parts:
        total = np.bincount(box, score, len(boxes))
        known = np.flatnonzero(same & (np.bincount(box, minlength=len(boxes)) > 0))
        other = ~same[box]
        box = np.concatenate([box[other], known])
        label = np.concatenate([label[other], truth.labels[best[known]]])
        score = np.concatenate([score[other], total[known]])
    if 'extents' in parts:
        inside = np.isin(frames[box], truth.frames)
        box, label, score = box[inside], label[inside], score[inside]
    return Detections(frames, boxes, box, label, score)


def find_error_sources(
    annotations: TubeAnnotations,
    reader: DetectionReader,
    videos: Sequence[str],
    options: TubeOptions,
) -> Tuple[Dict[Tuple[str, ...], Dict[str, float]], Dict[str, float]]:
    """Metrics for each combination of corrected parts, and the precision of boxes.

    Args:
        annotations (TubeAnnotations): Annotations of the test.
        reader (DetectionReader): Detections of the test.
        videos (Sequence[str]): Test videos.
        options (TubeOptions): Settings of the evaluation.

    Returns:
        tuple: Metrics in percent by name, by corrected parts; and, over all true
        boxes, the mean of the largest IoU with a detected box (`mean`) and the
        percentages of true boxes for which it is at least `0.5`, `0.6`, ...

    Raises:
        ValueError: If the detections are tubelets.
    """
    if reader.tubelet_length != 1:
        raise ValueError(
            f'{reader.path}: tubelets of {reader.tubelet_length} frames; error sources '
            "are for single boxes, test_cfg=dict(emit='frame')."
        )
    truths, _ = usable_truths(annotations, videos)
    count = len(annotations.labels)
    metrics = {}
    best: List[np.ndarray] = []
    for parts in _every_combination():
        results = []
        for video in videos:
            found, truth = reader.read(video), frame_truth(truths[video])
            fixed = correct(found, truth, parts).tubelets()
            length = annotations.nframes[video]
            results.append(evaluate_video(fixed, truths[video], length, count, options))
            if not parts:
                iou = overlaps(found.boxes[:, 0], found.frames, truth)
                best.append(iou.max(0, initial=0))
        metrics[parts] = summarise(results, options).means
    largest = np.concatenate(best)
    precision = {'mean': float(largest.mean()) if len(largest) else float('nan')}
    for level in LEVELS:
        share = (largest >= level).mean() if len(largest) else np.nan
        precision[str(level)] = 100 * float(share)
    return metrics, precision


def _every_combination() -> List[Tuple[str, ...]]:
    """All subsets of `PARTS`, the empty one first."""
    return [
        parts for count in range(len(PARTS) + 1) for parts in combinations(PARTS, count)
    ]


def format_error_sources(
    metrics: Dict[Tuple[str, ...], Dict[str, float]], precision: Dict[str, float]
) -> str:
    """Table and sentence for the result of `find_error_sources`."""
    names = list(metrics[()])
    rows = [['corrected', *names]] + [
        [', '.join(parts) or 'nothing', *(f'{values[name]:.2f}' for name in names)]
        for parts, values in metrics.items()
    ]
    lines = align(rows)
    shares = ', '.join(f'{precision[str(level)]:.1f} % at {level}' for level in LEVELS)
    lines.append(
        f'best box of each true box: mean IoU {precision["mean"]:.3f}; {shares}'
    )
    return '\n'.join(lines)
