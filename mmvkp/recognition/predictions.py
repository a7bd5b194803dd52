"""Predicted classes of videos and of their windows."""

from typing import (
    TYPE_CHECKING,
    Any,
    Dict,
    List,
    NamedTuple,
    Optional,
    Protocol,
    Sequence,
    Tuple,
)

import numpy as np

if TYPE_CHECKING:
    from .draw_timeline import Row


class Result(Protocol):
    """Result of a model: a `Prediction`, or the action tubes of a detector."""

    @property
    def video(self) -> str:
        """File, folder, camera or URL without credentials."""

    @property
    def columns(self) -> Tuple[str, ...]:
        """First line of a csv file."""

    def lines(self) -> List[str]:
        """Lines for the terminal."""

    def content(self) -> Dict[str, Any]:
        """Values of a line of JSON."""

    def rows(self) -> List[Tuple[Any, ...]]:
        """Lines of a csv file."""

    def timeline(self, results: Sequence[Any]) -> List['Row']:
        """Rows of the timeline of a video, from all its results."""


class Failure(NamedTuple):
    """Video that could not be read, or not completely.

    Attributes:
        video (str): File, folder, camera or URL without credentials.
        reason (str): The error.
    """

    video: str
    reason: str


def top_classes(
    scores: np.ndarray, names: Sequence[str], count: int
) -> List[Tuple[int, str, float]]:
    """Labels, names and scores of the best classes; equal ones by label.

    Args:
        scores (np.ndarray): Score of each class.
        names (Sequence[str]): Name of each class.
        count (int): Largest number of classes.

    Shape:
        - scores: (C,).
    """
    order = np.argsort(-scores, kind='stable')[:count]
    return [(int(i), names[i], float(scores[i])) for i in order]


def class_entries(
    scores: np.ndarray, names: Sequence[str], count: int
) -> List[Dict[str, Any]]:
    """`top_classes` as values for JSON: `label`, `name` and `score`."""
    return [
        dict(label=label, name=name, score=round(score, 6))
        for label, name, score in top_classes(scores, names, count)
    ]


class Prediction(NamedTuple):
    """Classes of a video or of a window.

    Attributes:
        video (str): File, folder, camera or URL without credentials.
        scores (np.ndarray): (C,), probabilities.
        names (list[str]): Names of the classes, by label.
        start (float, optional): Start of the window in seconds; None: whole video.
        end (float, optional): End of the window, likewise.
        top_k (int): Number of classes in outputs.
    """

    video: str
    scores: np.ndarray
    names: List[str]
    start: Optional[float] = None
    end: Optional[float] = None
    top_k: int = 5

    @property
    def columns(self) -> Tuple[str, ...]:
        """First line of a csv file."""
        return ('video', 'start', 'end', 'rank', 'label', 'name', 'score')

    def top(self, count: Optional[int] = None) -> List[Tuple[str, float]]:
        """Names and probabilities of the most likely classes.

        Args:
            count (int, optional): Their number. Default: `top_k`.
        """
        best = top_classes(self.scores, self.names, count or self.top_k)
        return [(name, score) for _, name, score in best]

    def lines(self) -> List[str]:
        """One line: video, window and the most likely classes."""
        import click

        likely = ', '.join(f'{name} {100 * score:.1f} %' for name, score in self.top())
        part = '' if self.start is None else f' {self.start:.2f}-{self.end:.2f} s'
        return [f'{click.format_filename(self.video)}{part}: {likely}']

    def content(self) -> Dict[str, Any]:
        """Values of a line of JSON: `video`, `start` and `end` of a window, `top`."""
        part = {} if self.start is None else dict(start=self.start, end=self.end)
        top = class_entries(self.scores, self.names, self.top_k)
        return dict(video=self.video, **part, top=top)

    def rows(self) -> List[Tuple[Any, ...]]:
        """Lines of a csv file, one for each class; ranks start at 1."""
        part = ('', '') if self.start is None else (self.start, self.end)
        best = top_classes(self.scores, self.names, self.top_k)
        return [
            (self.video, *part, rank, label, name, f'{score:.6f}')
            for rank, (label, name, score) in enumerate(best, 1)
        ]

    def timeline(self, results: Sequence['Prediction']) -> List['Row']:
        """One row for each of the classes with the highest peaks.

        Args:
            results (Sequence[Prediction]): Windows of the video.

        Returns:
            list[Row]: `top_k` rows in the order of their peaks in time.
        """
        from .draw_timeline import Row

        scores = np.stack([each.scores for each in results])
        chosen = np.argsort(-scores.max(0), kind='stable')[: self.top_k]
        chosen = chosen[np.argsort(scores[:, chosen].argmax(0), kind='stable')]
        starts = [each.start or 0.0 for each in results]
        # Windows that overlap are drawn up to the start of the next one.
        ends = [
            min(each.end or 0.0, after)
            for each, after in zip(results, [*starts[1:], float('inf')])
        ]
        return [
            Row(self.names[label], list(zip(starts, ends, scores[:, label].tolist())))
            for label in chosen
        ]
