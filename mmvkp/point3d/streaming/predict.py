"""Action tubes of a video or camera, drawn and written while it runs."""

import contextlib
import time
from typing import Any, Dict, List, Optional, Tuple

import cv2

from ...checks import check_positive
from ...console import say, track
from ...tubes.draw import draw_frame_tubes
from ...tubes.online_tubes import FrameTubes, LinkedTube, LinkOptions, merge_pieces
from ...video import Frame, FrameSource, open_source
from ...video.files import VideoFile
from ...video.stopping import StopSignals
from .inferencer import TubeInferencer
from .tube_json import source_name, tubes_content, write_json

_WINDOW = 'mmvkp'


def predict_tubes(
    source: str,
    config: str,
    checkpoint: str,
    out: Optional[str] = None,
    json: Optional[str] = None,
    device: str = 'cpu',
    max_frames: Optional[int] = None,
    classes: Optional[str] = None,
    score_threshold: float = LinkOptions().start_score,
    max_gap: int = LinkOptions().max_gap,
    size: Optional[Tuple[int, int]] = None,
    height: Optional[int] = None,
    drop: str = 'oldest',
    show: bool = False,
) -> List[LinkedTube]:
    """Find the actors of a video and their actions; draw and write them.

    Without `out`, `json` and `show` the tubes are printed. Ctrl-C ends a run
    early; its results are kept. After an error (a lost camera, an unreadable frame,
    another size) or SIGTERM, the results up to there are written, then the error is
    raised.

    Args:
        source (str): Video file, folder of frames, number of a camera or URL.
        config (str): Config of a `Point3D`.
        checkpoint (str): Its weights.
        out (str, optional): Video to write (.mp4), with boxes in the colour of
            their id, classes, scores and joints as known at each frame.
        json (str, optional): File to write, see `tubes_content`.
        device (str): Device of the network.
        max_frames (int, optional): Stop after this number of frames.
        classes (str, optional): File of class names, one per line.
        score_threshold (float): Least score of an actor that starts a tube.
        max_gap (int): Frames that a tube may miss.
        size (tuple[int, int], optional): Width and height of the network's
            input. Default: from the config.
        height (int, optional): Height of the drawn frames. Default: height of
            the video, at least 256.
        drop (str): See `TubeInferencer.stream`.
        show (bool): Open a window; q or Escape ends the run.

    Returns:
        list[LinkedTube]: By rising id.

    Raises:
        OSError: If a file cannot be read or written, a camera is lost, or a signal
            ended the run.
        TypeError: If the config does not build a Point3D.
        ValueError: If an option is out of range or parts do not fit.
    """
    width, depth = size or (None, None)
    given = dict(max_frames=max_frames, height=height, width=width, size_height=depth)
    for name, value in given.items():
        if value is not None:
            check_positive('predict_tubes', **{name: value})
    if out and not out.lower().endswith('.mp4'):
        raise ValueError(f'predict_tubes: out {out} must end in .mp4.')
    opened = open_source(source, drop)
    keep = min(score_threshold, LinkOptions().keep_score)
    link = LinkOptions(start_score=score_threshold, keep_score=keep, max_gap=max_gap)
    inferencer = TubeInferencer(config, checkpoint, device, link, size, classes=classes)
    start = time.perf_counter()
    with StopSignals(opened.stop) as signals:
        run = _Run(inferencer, opened, max_frames)
        run.collect(_Output(out, show, height, inferencer.classes, opened.fps), signals)
        seconds = time.perf_counter() - start
        if not run.count and run.failure is not None:
            raise run.failure
        if json:
            name, labels = source_name(source), inferencer.classes
            write_json(json, tubes_content(name, run.tubes, labels, run.info()))
    if not (out or json or show):
        _say_tubes(run.tubes, inferencer.classes)
    names = ' and '.join(each for each in (out, json) if each)
    say(
        f'{len(run.tubes)} tubes on {run.count} frames, {opened.dropped} frames '
        f'dropped, {run.count / seconds:.1f} frames per second'
        f'{" -> " if names else ""}{names}'
    )
    if run.failure is not None:
        raise run.failure
    return run.tubes


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


def _say_tubes(tubes: List[LinkedTube], classes: List[str]) -> None:
    """Print one line for each tube."""
    for tube in tubes:
        say(
            f'{tube.id}: {classes[tube.label]} {tube.score:.2f}, frames '
            f'{tube.frames[0]} to {tube.frames[-1]}'
        )


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
