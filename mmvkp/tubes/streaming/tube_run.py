"""Tubes of one source and their outputs, while it runs."""

import contextlib
from types import TracebackType
from typing import Any, Dict, List, Optional, Sequence

from ...video import Frame, FrameSource
from ..online_tubes import FrameTubes, LinkedTube, merge_pieces
from .tube_json import tubes_content, write_json

_WINDOW = 'mmvkp'


class TubeOutput:
    """Video, window and file of the tubes of a source; each is optional.

    Args:
        classes (Sequence[str]): Names of the classes.
        video (str, optional): Video to write.
        json (str, optional): File to write, see `tubes_content`.
        height (int, optional): Height of the drawn frames.
        show (bool): Open a window.
        fps (float): Frames per second of the video.
    """

    def __init__(
        self,
        classes: Sequence[str],
        video: Optional[str] = None,
        json: Optional[str] = None,
        height: Optional[int] = None,
        show: bool = False,
        fps: float = 25.0,
    ) -> None:
        self.files = tuple(each for each in (video, json) if each)
        if video:  # OpenCV is needed for pictures only
            from ...video.files import VideoFile

        self.video = VideoFile(video, max(1, round(fps))) if video else None
        self.json, self.show, self.height = json, show, height
        self.classes = list(classes)

    def __enter__(self) -> 'TubeOutput':
        if self.video is not None:
            self.video.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        if self.video is not None:
            self.video.__exit__(*error)
        if self.show:
            import cv2

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
        from ..draw import draw_frame_tubes

        height = self.height or max(256, len(frame.image))
        picture = draw_frame_tubes(frame.image, tubes, self.classes, height)
        if self.video is not None:
            self.video.write(picture)
        if not self.show:
            return True
        import cv2

        try:
            cv2.imshow(_WINDOW, picture[..., ::-1])
            return cv2.waitKey(1) not in (27, ord('q'))
        except cv2.error as error:
            raise ValueError(
                'no window can be opened here; use an output file instead.'
            ) from error

    def write(self, name: str, tubes: List[LinkedTube], info: Dict[str, Any]) -> None:
        """Write the file of the tubes."""
        if self.json:
            write_json(self.json, tubes_content(name, tubes, self.classes, info))


class TubeRun:
    """Tubes of a source; errors are kept until the results are written.

    Args:
        source (FrameSource): Frames.
        output (TubeOutput): Files and window.

    Attributes: `tubes` (list[LinkedTube]), by rising id; `count` (int), processed
    frames; `failure` (Exception, optional), reason of an early end.
    """

    def __init__(self, source: FrameSource, output: TubeOutput) -> None:
        self.source, self.output = source, output
        self.tubes: List[LinkedTube] = []
        self.count, self.size = 0, (0, 0)
        self.failure: Optional[Exception] = None

    def __enter__(self) -> 'TubeRun':
        self.output.__enter__()
        return self

    def __exit__(
        self, kind: Any, error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> bool:
        """Close the outputs; an error is kept, and Ctrl-C ends the run."""
        if isinstance(error, Exception):
            self.failure = error
        try:
            self.output.__exit__(None, None, None)
        except Exception as fault:  # of the drawn video
            self.failure = self.failure or fault
        return isinstance(error, (Exception, KeyboardInterrupt, type(None)))

    def add(self, frame: Frame, result: FrameTubes) -> bool:
        """Keep and draw the result of a frame; False to stop."""
        self.count += 1
        self.size = (frame.image.shape[1], frame.image.shape[0])
        self.tubes += result.ended
        return self.output.add(frame, result)

    def finish(self, tubes: List[LinkedTube], signal: str = '') -> None:
        """Add the tubes that were open at the end.

        Args:
            tubes (list[LinkedTube]): Those.
            signal (str): Name of the signal that ended the run.
        """
        self.tubes = merge_pieces(self.tubes + tubes)
        if signal not in ('', 'SIGINT') and self.failure is None:
            self.failure = OSError(
                f'stopped by {signal} after {self.count} frames; the results '
                'up to there were written.'
            )

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
