"""Frame-mAP and video-mAP over all videos."""

from typing import Dict, List, NamedTuple, Sequence

import numpy as np

from .average_precision import average_precision, mean_over_classes
from .evaluation import VideoResult
from .options import Thresholds, TubeOptions, expand_thresholds


class Summary(NamedTuple):
    """AP of a data set in percent.

    Attributes:
        means (dict[str, float]): Mean by name, such as `frame_mAP@0.5` and
            `video_mAP@0.5:0.95`.
        per_class (dict[str, list[float]]): AP of each class by the same names;
            NaN for ignored classes.
    """

    means: Dict[str, float]
    per_class: Dict[str, List[float]]

    def table(self, labels: Sequence[str]) -> str:
        """Format a table with a line for each class and the mean.

        Args:
            labels (Sequence[str]): Class names.
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
        return '\n'.join(align(rows))


def align(rows: Sequence[Sequence[str]]) -> List[str]:
    """Lines of a table whose first column is text and the others are numbers."""
    widths = [max(map(len, column)) for column in zip(*rows)]
    return [
        '  '.join(
            [row[0].ljust(widths[0])]
            + [x.rjust(w) for x, w in zip(row[1:], widths[1:])]
        )
        for row in rows
    ]


class _Kind(NamedTuple):
    """Data of frame-mAP or video-mAP.

    Totals are (C,); scores (P,) and matches (T, P) are sorted by video and class.
    """

    name: str
    thresholds: Thresholds
    totals: np.ndarray
    scores: List[List[np.ndarray]]
    matched: List[List[np.ndarray]]


def summarise(
    results: Sequence[VideoResult], options: TubeOptions, empty_classes: str = 'skip'
) -> Summary:
    """Frame-mAP and video-mAP over all videos.

    Args:
        results (Sequence[VideoResult]): Results of all videos, in any order.
        options (TubeOptions): Settings of their evaluation.
        empty_classes (str): See `mean_over_classes`.

    Raises:
        ValueError: Without videos.
    """
    if not results:
        raise ValueError('the list of videos to evaluate is empty.')
    frames = _Kind(
        'frame',
        options.frame_iou_thrs,
        np.sum([each.num_boxes for each in results], axis=0),
        [each.box_scores for each in results],
        [each.box_matched for each in results],
    )
    videos = _Kind(
        'video',
        options.video_iou_thrs,
        np.sum([each.num_tubes for each in results], axis=0),
        [
            [np.array([tube.score for tube in tubes]) for tubes in each.tubes]
            for each in results
        ],
        [each.tube_matched for each in results],
    )
    means: Dict[str, float] = {}
    per_class: Dict[str, List[float]] = {}
    for kind in (frames, videos):
        predicted = np.zeros(len(kind.totals), dtype=bool)
        levels = expand_thresholds(kind.name, kind.thresholds)
        values = np.zeros((sum(map(len, levels)), len(kind.totals)))
        for label, total in enumerate(kind.totals.tolist()):
            scores = np.concatenate([each[label] for each in kind.scores])
            matched = np.concatenate([each[label] for each in kind.matched], 1)
            predicted[label] = bool(len(scores))
            values[:, label] = [
                average_precision(scores, row, total, options.protocol)
                for row in matched
            ]
        for threshold, level in zip(kind.thresholds, levels):
            part, values = values[: len(level)], values[len(level) :]
            name = f'{kind.name}_mAP@{threshold}'
            means[name], per_class[name] = mean_over_classes(
                part.mean(axis=0), predicted.tolist(), empty_classes
            )
    return Summary(means, per_class)
