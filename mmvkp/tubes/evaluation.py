"""Evaluation of the action tubes of one video.

Videos can be evaluated in any order and in several processes; `summarise`
computes the averages from their results.
"""

from typing import Dict, List, NamedTuple, Sequence, Tuple, Union

import numpy as np

from .average_precision import Boxes, match_boxes, match_tubes
from .linking import GreedyOptions, Tube, link_greedy
from .options import TubeOptions, expand_thresholds
from .suppression import suppress, suppress_tubes
from .tubelets import Tubelets, average_classes
from .viterbi import ViterbiOptions, link_viterbi

Truths = Dict[int, List[np.ndarray]]


class VideoResult(NamedTuple):
    """Result of one video; each list has an entry per class.

    Attributes:
        box_scores (list[np.ndarray]): (P,) after suppression.
        box_matched (list[np.ndarray]): (T, P), T frame thresholds.
        num_boxes (np.ndarray): (C,) annotated boxes.
        tubes (list[list[Tube]]): Tubes after suppression, best first.
        tube_matched (list[np.ndarray]): (T, n), T video thresholds.
        num_tubes (np.ndarray): (C,) annotated tubes.
    """

    box_scores: List[np.ndarray]
    box_matched: List[np.ndarray]
    num_boxes: np.ndarray
    tubes: List[List[Tube]]
    tube_matched: List[np.ndarray]
    num_tubes: np.ndarray


def link_tubes(
    detections: Tubelets, num_frames: int, num_classes: int, options: TubeOptions
) -> List[List[Tube]]:
    """Link the detections of a video, class by class.

    Args:
        detections (Tubelets): P detections.
        num_frames (int): Length of the video.
        num_classes (int): C.
        options (TubeOptions): Settings.

    Returns:
        list[list[Tube]]: Tubes of each class, before their suppression.
    """
    linker = options.linker
    if isinstance(linker, GreedyOptions):
        detections = suppressed(
            detections, num_frames, linker.nms_threshold, linker.nms_soft
        )
    return _link_suppressed(detections, num_frames, num_classes, linker)


def _link_suppressed(
    detections: Tubelets,
    num_frames: int,
    num_classes: int,
    linker: Union[GreedyOptions, ViterbiOptions],
) -> List[List[Tube]]:
    """Link detections after their suppression."""
    tubes: List[List[Tube]] = []
    for part in _by_class(detections.labels, num_classes):
        frames, boxes, scores = (
            detections.frames[part],
            detections.boxes[part],
            detections.scores[part],
        )
        if isinstance(linker, GreedyOptions):
            found = link_greedy(frames, boxes, scores, num_frames, linker, True)
        else:
            found = link_viterbi(frames, boxes, scores, num_frames, linker)
        tubes.append(found)
    return tubes


def _by_class(labels: np.ndarray, num_classes: int) -> List[Union[slice, np.ndarray]]:
    """Rows of each class; slices if the labels are sorted."""
    if len(labels) and (np.diff(labels) >= 0).all():
        ends = np.searchsorted(labels, np.arange(num_classes + 1))
        return [slice(i, j) for i, j in zip(ends[:-1], ends[1:])]
    return [np.flatnonzero(labels == label) for label in range(num_classes)]


def suppressed(
    detections: Tubelets, num_frames: int, threshold: float, soft: bool
) -> Tubelets:
    """Suppress detections within each frame and class.

    Args:
        detections (Tubelets): P tubelets.
        num_frames (int): Length of the video.
        threshold (float): See `suppress`.
        soft (bool): See `suppress`.

    Returns:
        Tubelets: Remaining detections, sorted by class, frame and score.
    """
    frames, boxes, labels, scores = detections
    groups = np.asarray(labels, dtype=np.int64) * (num_frames + 1) + frames
    order, scores = suppress(boxes, scores, groups, threshold, soft)
    return Tubelets(frames[order], boxes[order], labels[order], scores)


def single_boxes(detections: Tubelets, num_frames: int) -> Tubelets:
    """Split tubelets into boxes with the score of their tubelet.

    Args:
        detections (Tubelets): P tubelets of K boxes.
        num_frames (int): Length of the video; boxes after it are dropped.
    """
    length = detections.boxes.shape[1]
    if length == 1:
        return detections
    frames = (detections.frames[:, None] + np.arange(length)).ravel()
    inside = frames <= num_frames
    return Tubelets(
        frames[inside],
        detections.boxes.reshape(-1, 1, 4)[inside],
        np.repeat(detections.labels, length)[inside],
        np.repeat(detections.scores, length)[inside],
    )


def evaluate_video(
    detections: Tubelets,
    truths: Truths,
    num_frames: int,
    num_classes: int,
    options: TubeOptions,
) -> VideoResult:
    """Link, suppress and match the detections of one video.

    Args:
        detections (Tubelets): Detections of the video.
        truths (dict[int, list[np.ndarray]]): Annotated tubes (n, 5) by class, rows
            `frame, x1, y1, x2, y2`, frames from 1.
        num_frames (int): Length of the video; all frames count, with or without
            ground truth.
        num_classes (int): C.
        options (TubeOptions): Settings.
    """
    if options.class_window:
        detections = average_classes(
            detections, num_frames, num_classes, options.class_window
        )
    boxes = suppressed(
        single_boxes(detections, num_frames),
        num_frames,
        options.nms_threshold,
        options.nms_soft,
    )
    linker = options.linker
    if (
        isinstance(linker, GreedyOptions)
        and detections.boxes.shape[1] == 1
        and linker.nms_threshold == options.nms_threshold
        and linker.nms_soft == options.nms_soft
    ):
        tubes = _link_suppressed(boxes, num_frames, num_classes, linker)
    else:
        tubes = link_tubes(detections, num_frames, num_classes, options)
    truth = true_boxes(truths)
    frame_levels, video_levels = (
        sum(expand_thresholds('thresholds', thresholds), [])
        for thresholds in (options.frame_iou_thrs, options.video_iou_thrs)
    )
    matched = match_boxes(
        Boxes(boxes.frames, boxes.boxes[:, 0], boxes.labels),
        boxes.scores,
        truth,
        frame_levels,
        options.protocol,
    )
    classes = _by_class(boxes.labels, num_classes)
    kept, tube_matched = _judge_tubes(tubes, truths, video_levels, options)
    return VideoResult(
        [boxes.scores[part] for part in classes],
        [matched[:, part] for part in classes],
        np.bincount(truth.labels, minlength=num_classes),
        kept,
        tube_matched,
        np.array([len(truths.get(c, [])) for c in range(num_classes)]),
    )


def _judge_tubes(
    tubes: List[List[Tube]],
    truths: Truths,
    thresholds: Sequence[float],
    options: TubeOptions,
) -> Tuple[List[List[Tube]], List[np.ndarray]]:
    """Suppress the tubes of each class and match them with the ground truth."""
    kept, matched = [], []
    for label, found in enumerate(tubes):
        best = suppress_tubes(
            [tube.rows for tube in found],
            [tube.score for tube in found],
            options.tube_nms_threshold,
        )
        kept.append([found[index] for index in best])
        matched.append(
            match_tubes(
                [tube.rows for tube in kept[-1]],
                [tube.score for tube in kept[-1]],
                truths.get(label, []),
                thresholds,
                options.protocol,
            )
        )
    return kept, matched


def true_boxes(truths: Truths) -> Boxes:
    """Boxes of annotated tubes.

    Args:
        truths (dict[int, list[np.ndarray]]): Tubes (n, 5) by class, see
            `evaluate_video`.
    """
    rows = [
        np.insert(np.asarray(tube)[:, :5], 0, label, axis=1)
        for label, tubes in truths.items()
        for tube in tubes
    ]
    table = np.concatenate([np.zeros((0, 6)), *rows])
    return Boxes(
        table[:, 1].astype(np.int64), table[:, 2:], table[:, 0].astype(np.int64)
    )
