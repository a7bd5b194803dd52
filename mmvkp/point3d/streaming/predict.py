"""Action tubes of a video or camera, drawn and written while it runs."""

import contextlib
import os
import time
from typing import Any, Dict, List, NamedTuple, Optional, Tuple, Union

import cv2
from mmengine.config import Config

from ...checks import check_positive
from ...console import say, track
from ...files import check_writable
from ...tubes.draw import draw_frame_tubes
from ...tubes.online_linker import OnlineLinker
from ...tubes.online_tubes import FrameTubes, LinkedTube, LinkOptions, merge_pieces
from ...video import Frame, FrameSource, open_source
from ...video.files import VideoFile
from ...video.stopping import StopSignals
from ...video.urls import mask_credentials
from .inferencer import TubeInferencer
from .tube_json import source_name, tubes_content, write_json
from .tube_prediction import TubePrediction

_WINDOW = 'mmvkp'


class TubeOptions(NamedTuple):
    """Options of `TubePredictor`.

    Attributes:
        out (str, optional): Video to write (.mp4), with boxes in the colour of their
            id, classes, scores and joints as known at each frame.
        json (str, optional): File to write, see `tubes_content`.
        max_frames (int, optional): Stop after this number of frames.
        score_threshold (float): Least score of an actor that starts a tube.
        max_gap (int): Frames that a tube may miss.
        size (tuple[int, int], optional): Width and height of the network's input.
            Default: from the config.
        height (int, optional): Height of the drawn frames. Default: height of the
            video, at least 256.
        drop (str): See `TubeInferencer.stream`.
        show (bool): Open a window; q or Escape ends the run.
    """

    out: Optional[str] = None
    json: Optional[str] = None
    max_frames: Optional[int] = None
    score_threshold: float = LinkOptions().start_score
    max_gap: int = LinkOptions().max_gap
    size: Optional[Tuple[int, int]] = None
    height: Optional[int] = None
    drop: str = 'oldest'
    show: bool = False

    def check(self) -> None:
        """Refuse invalid values and files that cannot be written."""
        width, depth = self.size or (None, None)
        given = dict(max_frames=self.max_frames, height=self.height)
        for name, value in dict(given, width=width, size_height=depth).items():
            if value is not None:
                check_positive('predict_tubes', **{name: value})
        if self.out and not self.out.lower().endswith('.mp4'):
            raise ValueError(f'predict_tubes: out {self.out} must end in .mp4.')
        for path in (self.out, self.json):
            if path:
                check_writable(path)


class TubePredictor:
    """Finds the actors of videos and their actions; draws and writes them.

    Ctrl-C ends a run early; its results are kept. After an error (a lost camera, an
    unreadable frame, another size) or SIGTERM, the results up to there are written.

    Args:
        config (str | Config): Config of a `Point3D`.
        checkpoint (str, optional): Its weights; random ones if None.
        device (str): Device of the network.
        classes (str, optional): File of class names, one per line.
        **options (Any): See `TubeOptions`.

    Attributes: `classes` (list[str]), names by label.

    Raises:
        FileNotFoundError: If a file is missing.
        TypeError: If the config does not build a Point3D, or an option is unknown.
        ValueError: If an option is out of range or parts do not fit.
    """

    def __init__(
        self,
        config: Union[str, Config],
        checkpoint: Optional[str] = None,
        device: str = 'cpu',
        classes: Optional[str] = None,
        **options: Any,
    ) -> None:
        self.options = given = TubeOptions(**options)
        given.check()
        keep = min(given.score_threshold, LinkOptions().keep_score)
        self.link = LinkOptions(
            start_score=given.score_threshold, keep_score=keep, max_gap=given.max_gap
        )
        self.inferencer = TubeInferencer(
            config, checkpoint, device, self.link, given.size, classes=classes
        )
        self.classes = self.inferencer.classes

    def __call__(self, source: Union[int, str], top_k: int = 5) -> TubePrediction:
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
        given = self.options
        opened = open_source(source, given.drop)
        _check_outputs(str(source), given)
        self.inferencer.linker = OnlineLinker(self.link)  # ids start at 1
        start = time.perf_counter()
        with StopSignals(opened.stop) as signals:
            run = _Run(self.inferencer, opened, given.max_frames)
            output = _Output(
                given.out, given.show, given.height, self.classes, opened.fps
            )
            run.collect(output, signals)
            seconds = time.perf_counter() - start
            if not run.count and run.failure is not None:
                raise run.failure
            if given.json:
                content = tubes_content(
                    source_name(str(source)), run.tubes, self.classes, run.info()
                )
                write_json(given.json, content)
        return TubePrediction(
            mask_credentials(str(source)),
            run.tubes,
            self.classes,
            run.info(),
            seconds,
            tuple(each for each in (given.out, given.json) if each),
            top_k,
            run.failure,
            signals.received,
        )


def _check_outputs(source: str, options: TubeOptions) -> None:
    """Refuse to replace the video that is read."""
    for path in (options.out, options.json):
        if path and os.path.realpath(path) == os.path.realpath(source):
            raise ValueError(f'{path} is the video that is read; give another name.')


def predict_tubes(
    source: str,
    config: str,
    checkpoint: str,
    device: str = 'cpu',
    classes: Optional[str] = None,
    **options: Any,
) -> List[LinkedTube]:
    """Find the tubes of one video and print them, or the names of written files.

    Args:
        source (str): See `TubePredictor.__call__`.
        config (str): See `TubePredictor`, also for the following ones.
        checkpoint (str): Weights.
        device (str): Device of the network.
        classes (str, optional): File of class names.
        **options (Any): See `TubeOptions`.

    Returns:
        list[LinkedTube]: By rising id.

    Raises:
        OSError: If a file cannot be read or written, a camera is lost, or a signal
            ended the run.
        TypeError: See `TubePredictor`.
        ValueError: See `TubePredictor`.
    """
    result = TubePredictor(config, checkpoint, device, classes, **options)(source)
    say('\n'.join(result.lines()))
    if result.failure is not None:
        raise result.failure
    return result.tubes


class _Run:
    """Tubes of a stream; errors are kept until the results are written.

    Args:
        inferencer (TubeInferencer): Finds the tubes.
        source (FrameSource): Frames; closed at the end.
        max_frames (int, optional): Stop after this number of frames.

    Attributes: `tubes` (list[LinkedTube]), by rising id; `count` (int), processed
    frames; `failure` (Exception, optional), reason of an early end.
    """

    def __init__(
        self, inferencer: TubeInferencer, source: FrameSource, max_frames: Optional[int]
    ) -> None:
        self.inferencer, self.source, self.max_frames = inferencer, source, max_frames
        self.tubes: List[LinkedTube] = []
        self.count, self.size = 0, (0, 0)
        self.failure: Optional[Exception] = None

    def collect(self, output: '_Output', signals: StopSignals) -> None:
        """Process the stream until it ends, fails or a signal arrives."""
        try:
            with output:
                self._follow(output, signals)
        except Exception as error:  # of the drawn video
            self.failure = self.failure or error
        self.tubes = merge_pieces(self.tubes + self.inferencer.finish())
        if signals.received not in ('', 'SIGINT') and self.failure is None:
            self.failure = OSError(
                f'stopped by {signals.received} after {self.count} frames; the results '
                'up to there were written.'
            )

    def _follow(self, output: '_Output', signals: StopSignals) -> None:
        """Link and draw the frames."""
        total = min(self.source.count or 0, self.max_frames or self.source.count or 0)
        frames = self.inferencer.stream(self.source, max_frames=self.max_frames)
        try:
            for frame, result in track(frames, self.source.name, total or None):
                self.count += 1
                self.size = (frame.image.shape[1], frame.image.shape[0])
                self.tubes += result.ended
                if not output.add(frame, result) or signals.received:
                    break
        except KeyboardInterrupt:
            pass
        except Exception as error:
            self.failure = error

    def info(self) -> Dict[str, Any]:
        """Facts about the run, see `tubes_content`."""
        facts = dict(
            fps=self.source.fps,
            size=list(self.size),
            num_frames=self.count,
            num_dropped=self.source.dropped,
            complete=self.failure is None,
        )
        return facts if self.failure is None else dict(facts, error=str(self.failure))


class _Output:
    """Video and window of the drawn frames; does nothing without both."""

    def __init__(
        self,
        path: Optional[str],
        show: bool,
        height: Optional[int],
        classes: List[str],
        fps: float,
    ) -> None:
        self.video = VideoFile(path, max(1, round(fps))) if path else None
        self.show, self.height, self.classes = show, height, classes

    def __enter__(self) -> '_Output':
        if self.video is not None:
            self.video.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        if self.video is not None:
            self.video.__exit__(*error)
        if self.show:
            with contextlib.suppress(cv2.error):
                cv2.destroyAllWindows()

    def add(self, frame: Frame, tubes: FrameTubes) -> bool:
        """Draw one frame.

        Returns:
            bool: False after q or Escape in the window.

        Raises:
            ValueError: If no window can be opened.
        """
        if self.video is None and not self.show:
            return True
        height = self.height or max(256, len(frame.image))
        picture = draw_frame_tubes(frame.image, tubes, self.classes, height)
        if self.video is not None:
            self.video.write(picture)
        if not self.show:
            return True
        try:
            cv2.imshow(_WINDOW, picture[..., ::-1])
            return cv2.waitKey(1) not in (27, ord('q'))
        except cv2.error as error:
            raise ValueError(
                'no window can be opened here; use an output file instead.'
            ) from error
