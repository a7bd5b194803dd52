"""Predictions for videos, windows and streams, with any kind of network."""

from typing import Any, Iterator, List, NamedTuple, Optional, Sequence, Tuple, Union

import numpy as np

from ..checks import check_positive
from ..video import open_source
from ..video.find_sources import Source, find_sources, is_camera
from ..video.urls import mask_credentials
from .footage import Footage, footage_of, memory_footage
from .predictions import Failure, Prediction
from .windows import check_window, cut_windows, stream_windows

Inputs = Union[Source, Sequence[Source]]


class _Sample(NamedTuple):
    """Input of the model, and the part of a video that it stands for."""

    video: str
    start: Optional[float]
    end: Optional[float]
    content: Any


class _Failed(NamedTuple):
    """Video that cannot be read completely."""

    source: Source
    error: Exception


class VideoInferencer:
    """Base class of models that classify videos, or find action tubes in them.

    A subclass that classifies has `read`, `read_part` and `scores`; one that finds
    tubes sets `detector`, see `mmvkp.methods.Method`, and `together` to run all videos
    at once.

    Attributes: `classes` (list[str]), names by label; `finds_tubes` (bool), True for a
    detector.
    """

    classes: List[str]
    finds_tubes = False
    together = False
    detector: Any = None

    def read(self, footage: Footage) -> Any:
        """Sample of a whole video.

        Args:
            footage (Footage): The video.

        Raises:
            ValueError: If it cannot be read.
        """
        raise NotImplementedError

    def read_part(self, footage: Footage, first: int, last: int) -> Any:
        """Sample of a part of a video.

        Args:
            footage (Footage): The video.
            first (int): Number of the first frame, from 0.
            last (int): Number of the frame after the last one.

        Raises:
            ValueError: If it cannot be read.
        """
        raise NotImplementedError

    def scores(self, contents: Sequence[Any]) -> Sequence[np.ndarray]:
        """Probabilities of a batch of samples.

        Args:
            contents (Sequence): N results of `read` or `read_part`, of one shape.

        Shape:
            - returns: N of (num_classes,).
        """
        raise NotImplementedError

    def __call__(
        self,
        videos: Inputs,
        top_k: int = 5,
        batch_size: int = 1,
        window: Optional[float] = None,
        stride: Optional[float] = None,
        failures: Optional[List[Failure]] = None,
    ) -> Iterator[Any]:
        """Predict one after the other; each result is computed when it is asked for.

        Args:
            videos (int | str | Sequence): See `find_sources`. A recognizer needs a
                `window` for cameras and URLs; the frames of one window are kept.
            top_k (int): Number of classes in the outputs of the results.
            batch_size (int): Videos or windows that a recognizer takes at once. Samples
                of different shapes are not combined.
            window (float, optional): Classify windows of this length in seconds. Frames
                are read when they are needed. Default: whole videos, with all views of
                the test pipeline.
            stride (float, optional): Distance of the windows in seconds. Default:
                `window`, without overlap.
            failures (list, optional): Videos that cannot be read completely are
                appended here, and the next ones follow. Default: an error is raised
                after the result of the readable part.

        Returns:
            Iterator[Prediction | TubePrediction]: One result per video or window, in
            their order; of a detector one per video.

        Raises:
            FileNotFoundError: If a video is missing.
            TypeError: If an option has the wrong type.
            ValueError: If an option does not fit, or a video cannot be read.
        """
        check_positive(type(self).__name__, top_k=top_k, batch_size=batch_size)
        check_window(window, stride)
        sources = find_sources(videos)
        if self.finds_tubes:
            if window is not None or batch_size > 1:
                raise ValueError(
                    'predict: a detector takes every frame of a video in their '
                    'order; window and batch_size have no effect, remove them.'
                )
            return self._tubes(sources, top_k, failures)
        for each in sources:
            if window is None and is_camera(each):
                raise ValueError(
                    f'{mask_credentials(str(each))} is a camera or URL; give the '
                    'window that is classified at once, in seconds.'
                )
        return self._classes(sources, top_k, batch_size, window, stride, failures)

    def count_windows(
        self, video: Source, window: float, stride: Optional[float] = None
    ) -> Optional[int]:
        """Number of windows of a video.

        Args:
            video (int | str): A result of `find_sources`.
            window (float): See `__call__`.
            stride (float, optional): See `__call__`.

        Returns:
            int, optional: None for a camera, a URL, and a video that cannot be read.
        """
        if is_camera(video):
            return None
        try:
            footage = footage_of(str(video))
            return len(cut_windows(footage.times, footage.fps, window, stride))
        except (OSError, ValueError):
            return None

    def _tubes(
        self, sources: List[Source], top_k: int, failures: Optional[List[Failure]]
    ) -> Iterator[Any]:
        """Results of a detector."""
        answers = (
            self.detector.together(sources, top_k)
            if self.together
            else ((each, *self._tubes_of(each, top_k)) for each in sources)
        )
        for source, result, error in answers:
            if result is not None:
                yield result
            if error is not None:
                _fail(source, error, failures)
            stopped = result is not None and result.stopped
            if stopped and not self.together and source is not sources[-1]:
                raise KeyboardInterrupt

    def _tubes_of(
        self, source: Source, top_k: int
    ) -> Tuple[Optional[Any], Optional[Exception]]:
        """Result of a detector, and the reason why it is missing or incomplete."""
        try:
            result = self.detector(source, top_k)
        except (OSError, ValueError) as error:
            return None, error
        return result, result.failure

    def _classes(
        self,
        sources: List[Source],
        top_k: int,
        batch_size: int,
        window: Optional[float],
        stride: Optional[float],
        failures: Optional[List[Failure]],
    ) -> Iterator[Prediction]:
        """Results of a recognizer."""
        pending: List[_Sample] = []
        for sample in self._samples(sources, window, stride):
            failed = isinstance(sample, _Failed)
            if failed or (pending and _shape(sample) != _shape(pending[0])):
                yield from self._run(pending, top_k, failures)
                pending = []
            if failed:
                _fail(sample.source, sample.error, failures)
                continue
            pending.append(sample)
            if len(pending) == batch_size:
                yield from self._run(pending, top_k, failures)
                pending = []
        yield from self._run(pending, top_k, failures)

    def _samples(
        self, sources: List[Source], window: Optional[float], stride: Optional[float]
    ) -> Iterator[Any]:
        """Samples of the sources; for one that cannot be read a `_Failed`."""
        for source in sources:
            try:
                if is_camera(source):
                    yield from self._stream(source, window, stride)
                else:
                    yield from self._parts(str(source), window, stride)
            except (OSError, ValueError) as error:
                yield _Failed(source, error)

    def _parts(
        self, path: str, window: Optional[float], stride: Optional[float]
    ) -> Iterator[_Sample]:
        """Sample of a video, or samples of its windows."""
        footage = footage_of(path)
        if window is None:
            yield _Sample(path, None, None, self.read(footage))
        else:
            for part in cut_windows(footage.times, footage.fps, window, stride):
                content = self.read_part(footage, part.first, part.last)
                yield _Sample(path, part.start, part.end, content)
        if footage.damage:
            raise ValueError(footage.damage)

    def _stream(
        self, source: Source, window: Any, stride: Optional[float]
    ) -> Iterator[_Sample]:
        """Samples of the windows of a camera or URL."""
        opened = open_source(source)
        try:
            for start, end, frames in stream_windows(opened, window, stride):
                footage = memory_footage(opened.name, frames, opened.fps)
                content = self.read_part(footage, 0, len(frames))
                yield _Sample(opened.name, start, end, content)
        finally:
            opened.close()

    def _run(
        self, samples: List[_Sample], top_k: int, failures: Optional[List[Failure]]
    ) -> Iterator[Prediction]:
        """Results of one batch."""
        if not samples:
            return
        all_scores = self.scores([each.content for each in samples])
        for sample, scores in zip(samples, all_scores):
            if np.isfinite(scores).all():
                yield Prediction(*sample[:1], scores, self.classes, *sample[1:3], top_k)
                continue
            text = f'{sample.video}: the scores are not finite; check the weights.'
            _fail(sample.video, ValueError(text), failures)


def _shape(sample: _Sample) -> Any:
    """Shape of the input of a sample."""
    content = sample.content
    if isinstance(content, dict):
        content = content['inputs']
    return getattr(content, 'shape', None)


def _fail(source: Source, error: Exception, failures: Optional[List[Failure]]) -> None:
    """Record an error, or raise it."""
    if failures is None:
        raise error
    failures.append(
        Failure(mask_credentials(str(source)), mask_credentials(str(error)))
    )
