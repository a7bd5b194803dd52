"""Frame-mAP and video-mAP of action tubes.

A data set is evaluated video by video (`evaluate_video`), in any order and
in as many processes as you like; `summarise` makes the averages. Only the
scores and what found a truth are kept of a video.
"""

from typing import Dict, List, NamedTuple, Sequence, Union

import numpy as np

from .average_precision import (
    Boxes,
    average_precision,
    match_boxes,
    match_tubes,
    mean_over_classes,
)
from .linking import GreedyOptions, Tube, link_greedy
from .options import TubeOptions, expand_thresholds
from .suppression import suppress, suppress_tubes
from .viterbi import ViterbiOptions, link_viterbi

Truths = Dict[int, List[np.ndarray]]


class Tubelets(NamedTuple):
    """Detections of one video.

    Attributes:
        frames (np.ndarray): (P,) first frame of each tubelet, from 1 on.
        boxes (np.ndarray): (P, K, 4) ``x1, y1, x2, y2`` in pixels counted
            from 0, ends inclusive; K = 1 for boxes of single frames.
        labels (np.ndarray): (P,) class, counted from 0.
        scores (np.ndarray): (P,).
    """

    frames: np.ndarray
    boxes: np.ndarray
    labels: np.ndarray
    scores: np.ndarray


class VideoResult(NamedTuple):
    """What is left of one video; every list has an entry for each class.

    Attributes:
        box_scores (list[np.ndarray]): (P,) after suppression.
        box_matched (list[np.ndarray]): (T, P), T frame thresholds.
        num_boxes (np.ndarray): (C,) true boxes.
        tubes (list[list[Tube]]): Tubes that no better one overlaps, best
            first.
        tube_matched (list[np.ndarray]): (T, n), T video thresholds.
        num_tubes (np.ndarray): (C,) true tubes.
    """

    box_scores: List[np.ndarray]
    box_matched: List[np.ndarray]
    num_boxes: np.ndarray
    tubes: List[List[Tube]]
    tube_matched: List[np.ndarray]
    num_tubes: np.ndarray


class Summary(NamedTuple):
    """AP of a data set in percent.

    Attributes:
        means (dict[str, float]): By ``frame_mAP@0.5``, ``video_mAP@0.5:0.95``
            and so on.
        per_class (dict[str, list[float]]): By the same names; NaN for
            classes that do not count.
    """

    means: Dict[str, float]
    per_class: Dict[str, List[float]]

    def table(self, labels: Sequence[str]) -> str:
        """Table with a line for each class and the mean.

        Args:
            labels (Sequence[str]): Names of the classes.
        """
        names = list(self.means)
        rows = [['class', *names]]
        for index, label in enumerate(labels):
            values = [self.per_class[name][index] for name in names]
            rows.append(
                [
                    label,
                    *('-' if np.isnan(value) else f'{value:.2f}' for value in values),
                ]
            )
        rows.append(['mean', *(f'{self.means[name]:.2f}' for name in names)])
        widths = [max(map(len, column)) for column in zip(*rows)]
        return '\n'.join(
            '  '.join(
                [row[0].ljust(widths[0])]
                + [x.rjust(w) for x, w in zip(row[1:], widths[1:])]
            )
            for row in rows
        )


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
        list[list[Tube]]: Tubes of each class, before tubes are suppressed.
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
    tubes: List[List[Tube]] = []
    for part in _by_class(detections.labels, num_classes):
        arrays = (
            detections.frames[part],
            detections.boxes[part],
            detections.scores[part],
            num_frames,
            linker,
        )
        if isinstance(linker, GreedyOptions):
            tubes.append(link_greedy(*arrays, suppressed=True))
        else:
            tubes.append(link_viterbi(*arrays))
    return tubes


def _by_class(labels: np.ndarray, num_classes: int) -> List[np.ndarray]:
    """Rows of each class; slices of labels that are sorted already."""
    if len(labels) and (np.diff(labels) >= 0).all():
        ends = np.searchsorted(labels, np.arange(num_classes + 1))
        return [slice(i, j) for i, j in zip(ends[:-1], ends[1:])]
    return [np.flatnonzero(labels == label) for label in range(num_classes)]


def suppressed(
    detections: Tubelets, num_frames: int, threshold: float, soft: bool
) -> Tubelets:
    """What suppression inside each frame and class leaves of detections.

    Args:
        detections (Tubelets): P tubelets.
        num_frames (int): Length of the video.
        threshold (float): See `suppress`.
        soft (bool): See `suppress`.

    Returns:
        Tubelets: By class, frame and score.
    """
    frames, boxes, labels, scores = detections
    groups = np.asarray(labels, dtype=np.int64) * (num_frames + 1) + frames
    order, scores = suppress(boxes, scores, groups, threshold, soft)
    return Tubelets(frames[order], boxes[order], labels[order], scores)


def single_boxes(detections: Tubelets, num_frames: int) -> Tubelets:
    """Tubelets taken apart: each box with its frame and the tubelet's score.

    Args:
        detections (Tubelets): P tubelets of K boxes.
        num_frames (int): Length of the video; boxes behind it are dropped.
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
        detections (Tubelets): Detections, possibly none.
        truths (dict[int, list[np.ndarray]]): True tubes (n, 5) by class, rows
            ``frame, x1, y1, x2, y2``, frames from 1 on.
        num_frames (int): Length of the video; every frame counts, with or
            without truth.
        num_classes (int): C.
        options (TubeOptions): Settings.
    """
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
    kept, tube_matched = [], []
    for label, found in enumerate(tubes):
        best = suppress_tubes(
            [tube.rows for tube in found],
            [tube.score for tube in found],
            options.tube_nms_threshold,
        )
        kept.append([found[index] for index in best])
        tube_matched.append(
            match_tubes(
                [tube.rows for tube in kept[-1]],
                [tube.score for tube in kept[-1]],
                truths.get(label, []),
                video_levels,
                options.protocol,
            )
        )
    return VideoResult(
        [boxes.scores[part] for part in classes],
        [matched[:, part] for part in classes],
        np.bincount(truth.labels, minlength=num_classes),
        kept,
        tube_matched,
        np.array([len(truths.get(c, [])) for c in range(num_classes)]),
    )


def true_boxes(truths: Truths) -> Boxes:
    """All boxes of true tubes.

    Args:
        truths (dict[int, list[np.ndarray]]): As in `evaluate_video`.
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


def summarise(
    results: Sequence[VideoResult], options: TubeOptions, empty_classes: str = 'skip'
) -> Summary:
    """Frame-mAP and video-mAP over all videos.

    Args:
        results (Sequence[VideoResult]): All videos, in any order.
        options (TubeOptions): What they were evaluated with.
        empty_classes (str): See `mean_over_classes`.

    Raises:
        ValueError: If there are no videos.
    """
    if not results:
        raise ValueError('There are no videos to evaluate.')
    means: Dict[str, float] = {}
    per_class: Dict[str, List[float]] = {}
    kinds = (
        (
            'frame',
            options.frame_iou_thrs,
            [r.num_boxes for r in results],
            [(r.box_scores, r.box_matched) for r in results],
        ),
        (
            'video',
            options.video_iou_thrs,
            [r.num_tubes for r in results],
            [
                (
                    [np.array([t.score for t in tubes]) for tubes in r.tubes],
                    r.tube_matched,
                )
                for r in results
            ],
        ),
    )
    for kind, thresholds, counts, found in kinds:
        levels = expand_thresholds(kind, thresholds)
        totals = np.sum(counts, axis=0)
        values = np.zeros((sum(map(len, levels)), len(totals)))
        predicted = np.zeros(len(totals), dtype=bool)
        for label, total in enumerate(totals.tolist()):
            scores = np.concatenate([each[0][label] for each in found])
            matched = np.concatenate([each[1][label] for each in found], 1)
            predicted[label] = bool(len(scores))
            values[:, label] = [
                average_precision(scores, row, total, options.protocol)
                for row in matched
            ]
        for threshold, level in zip(thresholds, levels):
            part, values = values[: len(level)], values[len(level) :]
            name = f'{kind}_mAP@{threshold}'
            means[name], per_class[name] = mean_over_classes(
                part.mean(axis=0), predicted, empty_classes
            )
    return Summary(means, per_class)
