"""Action tubes of videos and cameras, drawn and written while they run."""

import contextlib
import os
import time
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Tuple, Union

from ...checks import check_flag, check_positive
from ...console import track
from ...files import check_writable
from ...video import FrameSource, open_source
from ...video.stopping import StopSignals
from ...video.urls import mask_credentials
from ..online_linker import OnlineLinker
from ..online_tubes import LinkOptions
from .stream_group import StreamGroup
from .tube_json import file_name, source_name
from .tube_prediction import TubePrediction
from .tube_run import TubeOutput, TubeRun
from .tube_stream import TubeStream

Source = Union[int, str]
# A source, its result, and the reason why it has none or an incomplete one.
Answer = Tuple[Source, Optional[TubePrediction], Optional[Exception]]
_NAME = '{name}'


class TubeOptions(NamedTuple):
    """Options of `TubePredictor`.

    Attributes:
        out (str, optional): Video to write (.mp4), with boxes in the colour of their
            id, classes, scores and joints as known at each frame. `{name}` stands for
            the name of the source, which several sources need.
        json (str, optional): File to write, see `tubes_content`; likewise.
        max_frames (int, optional): Stop after this number of frames.
        score_threshold (float): Least score of an actor that starts a tube.
        max_gap (int): Frames that a tube may miss.
        motion (bool): See `LinkOptions`, as for the following ones.
        appearance (str, optional): `'colour'`, `'network'` or None; `'none'` is None.
        occlusion (float): Seconds that a tube may miss.
        class_thresholds (Any, optional): See `class_thresholds_of`.
        end_ratio (float): See `LinkOptions`.
        end_after (float): Seconds.
        delay (int | str): See `frames_of_delay`.
        size (tuple[int, int], optional): Width and height of the network's input.
            Default: from the config.
        height (int, optional): Height of the drawn frames. Default: height of the
            video, at least 256.
        drop (str): See `TubeStream.stream`.
        show (bool): Open a window; q or Escape ends the run.
        together (bool): Run several sources at the same time, see `StreamGroup`.
    """

    out: Optional[str] = None
    json: Optional[str] = None
    max_frames: Optional[int] = None
    score_threshold: float = LinkOptions().start_score
    max_gap: int = LinkOptions().max_gap
    motion: bool = True
    appearance: Optional[str] = 'colour'
    occlusion: float = 0.75
    class_thresholds: Any = None
    end_ratio: float = LinkOptions().end_ratio
    end_after: float = LinkOptions().end_after
    delay: Union[int, str] = 0
    size: Optional[Tuple[int, int]] = None
    height: Optional[int] = None
    drop: str = 'oldest'
    show: bool = False
    together: bool = False

    def check(self) -> None:
        """Refuse invalid values and files that cannot be written."""
        width, depth = self.size or (None, None)
        given = dict(max_frames=self.max_frames, height=self.height)
        for name, value in dict(given, width=width, size_height=depth).items():
            if value is not None:
                check_positive('predict_tubes', **{name: value})
        check_flag('predict_tubes', together=self.together)
        if self.together and self.show:
            raise ValueError(
                'predict_tubes: show opens one window; give it without together.'
            )
        if self.out and not self.out.lower().endswith('.mp4'):
            raise ValueError(f'predict_tubes: out {self.out} must end in .mp4.')
        for path in (self.out, self.json):
            if path:
                check_writable(path.replace(_NAME, 'name'))

    def link(self) -> LinkOptions:
        """Options of the linker."""
        return LinkOptions(
            start_score=self.score_threshold,
            keep_score=min(self.score_threshold, LinkOptions().keep_score),
            max_gap=self.max_gap,
            motion=self.motion,
            appearance=None if self.appearance == 'none' else self.appearance,
            occlusion=self.occlusion,
            class_thresholds=self.class_thresholds,
            end_ratio=self.end_ratio,
            end_after=self.end_after,
        )


class TubePredictor:
    """Finds the actors of videos and their actions; draws and writes them.

    Ctrl-C ends a run early; its results are kept. After an error (a lost camera, an
    unreadable frame, another size) or SIGTERM, the results up to there are written.

    Args:
        stream (TubeStream): The detector, with `options.link()` and `options.delay`.
        options (TubeOptions): Checked options.

    Attributes: `classes` (list[str]), names by label.
    """

    def __init__(self, stream: TubeStream, options: TubeOptions) -> None:
        self.options, self.inferencer = options, stream
        self.classes = stream.classes
        self.names: Dict[str, str] = {}

    def __call__(self, source: Source, top_k: int = 5) -> TubePrediction:
        """Find the tubes of a video.

        Args:
            source (int | str): Video file, folder of frames, number of a camera or URL.
            top_k (int): Number of classes of a tube in outputs.

        Returns:
            TubePrediction: Its `failure` is the reason of an early end.

        Raises:
            FileNotFoundError: If the video is missing.
            OSError: If a file cannot be written.
            ValueError: If the video cannot be read from its start.
        """
        opened = open_source(source, self.options.drop)
        inferencer = self.inferencer
        inferencer.linker = OnlineLinker(inferencer.linker.options)  # ids start at 1
        start = time.perf_counter()
        with StopSignals(opened.stop) as signals:
            run = TubeRun(opened, self._output(source, opened))
            self._follow(run)
            run.finish(inferencer.finish(), signals.received)
            seconds = time.perf_counter() - start
            if not run.count and run.failure is not None:
                raise run.failure
            return self._result(source, run, seconds, top_k, signals.received)

    def _follow(self, run: TubeRun) -> None:
        """Link and draw the frames of a source until it ends, fails or is stopped."""
        limit, source = self.options.max_frames, run.source
        total = min(source.count or 0, limit or source.count or 0)
        frames = self.inferencer.stream(source, max_frames=limit)
        with run:
            for frame, result in track(frames, source.name, total or None):
                if not run.add(frame, result):
                    break
        frames.close()

    def together(self, sources: List[Source], top_k: int = 5) -> Iterator[Answer]:
        """Find the tubes of several sources at the same time.

        Args:
            sources (list[int | str]): Each as for `__call__`.
            top_k (int): Number of classes of a tube in outputs.

        Yields:
            tuple: For each source itself, its result (None without any frame) and the
            reason of an early end.

        Raises:
            OSError: If a file cannot be written.
            ValueError: If outputs of several sources would be one file.
        """
        group = StreamGroup(self.inferencer.network, self.options.link())
        opened = group.open(sources, self.options.drop)
        start = time.perf_counter()
        stop = StopSignals(lambda: group.readers.stop())
        with stop as signals, contextlib.ExitStack() as stack:
            runs: Dict[int, TubeRun] = {}
            for number, source in opened.items():
                run = TubeRun(source, self._output(sources[number], source))
                runs[number] = stack.enter_context(run)
            self._follow_group(group, runs, opened)
        seconds, last = time.perf_counter() - start, group.finish()
        for number, name in enumerate(sources):
            error, result = group.failures.get(number), None
            if number in runs:
                run = runs[number]
                run.failure = error or run.failure
                run.finish(last[number], signals.received)
                error = run.failure
                if run.count or error is None:
                    result = self._result(name, run, seconds, top_k, signals.received)
            yield name, result, error

    def _follow_group(
        self,
        group: StreamGroup,
        runs: Dict[int, TubeRun],
        opened: Dict[int, FrameSource],
    ) -> None:
        """Link and draw the frames of several sources."""
        name = f'{len(opened)} sources'
        frames = group.run(opened, self.options.max_frames)
        try:
            for number, frame, result in track(frames, name, None):
                try:
                    runs[number].add(frame, result)
                except Exception as error:  # of the drawn video
                    group.end(number, error)
        except KeyboardInterrupt:
            pass
        finally:
            frames.close()

    def _output(self, source: Source, opened: FrameSource) -> TubeOutput:
        """Files and window of a source.

        Raises:
            ValueError: If the video that is read would be replaced.
        """
        given = self.options
        name = file_name(str(source), self.names)
        out, json = (
            path and path.replace(_NAME, name) for path in (given.out, given.json)
        )
        for path in (out, json):
            if path and os.path.realpath(path) == os.path.realpath(str(source)):
                raise ValueError(
                    f'{path} is the video that is read; give another name.'
                )
        return TubeOutput(self.classes, out, json, given.height, given.show, opened.fps)

    def _result(
        self, source: Source, run: TubeRun, seconds: float, top_k: int, signal: str
    ) -> TubePrediction:
        """Write the file of the tubes and return them."""
        run.output.write(source_name(str(source)), run.tubes, run.info())
        return TubePrediction(
            mask_credentials(str(source)),
            run.tubes,
            self.classes,
            run.info(),
            seconds,
            run.output.files,
            top_k,
            run.failure,
            signal,
        )
