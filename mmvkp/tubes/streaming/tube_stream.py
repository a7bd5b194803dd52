"""Action tubes of videos, cameras and single frames, online."""

import itertools
from typing import Any, Generator, Iterator, List, Optional, Tuple

import numpy as np

from ...video import (
    CameraSource,
    FolderSource,
    Frame,
    FrameSource,
    VideoSource,
    open_source,
)
from ..online_linker import OnlineLinker
from ..online_tubes import (
    FrameDetections,
    FrameTubes,
    LinkedTube,
    LinkOptions,
    merge_pieces,
)
from .network import TubeNetwork, Turn
from .stream_state import Waiting


class TubeStream:
    """A detector on a stream: takes one frame, returns the tubes in it.

    The features of the last frames are kept; a new frame costs one run of the network
    of the frames. Clips that start before the stream repeat its first frame. With a
    delay, later frames of the clip show how an action goes on; at the end of a stream
    its last frame is repeated.

    Args:
        network (TubeNetwork): The detector.
        link (LinkOptions, optional): Options of the linking of boxes;
            `class_thresholds` may be whatever `class_thresholds_of` takes. Seconds
            are converted at the frame rate of the source, else at `linker.fps`.

    Attributes: `network`; `classes` (list[str]), names by label; `delay` (int);
    `state`, `ring` and `linker`, its parts.

    Raises:
        ValueError: At run time if a frame is not an image, frames change their size
            within a stream, or detections are not finite.
    """

    def __init__(
        self, network: TubeNetwork, link: Optional[LinkOptions] = None
    ) -> None:
        self.network = network
        self.delay, self.classes = network.delay, network.classes
        self.state = network.new_state(link)
        self.ring = self.state.ring

    @property
    def linker(self) -> OnlineLinker:
        """Linker of the stream; another one starts with new ids."""
        return self.state.linker

    @linker.setter
    def linker(self, linker: OnlineLinker) -> None:
        self.state.linker = linker

    def push(
        self,
        image: np.ndarray,
        timestamp: float = float('nan'),
        number: Optional[int] = None,
        dropped: int = 0,
    ) -> FrameTubes:
        """Take the next frame of the stream; without delay.

        Args:
            image (np.ndarray): (H, W, 3), uint8, RGB.
            timestamp (float): Copied to the result.
            number (int, optional): Number of the frame, from 1 and rising; a
                step larger than 1 means dropped frames. Default: the next one.
            dropped (int): Copied to the result.

        Returns:
            FrameTubes: The tubes in this frame.
        """
        if self.delay:
            raise ValueError(
                f'TubeStream: push() returns the result of its frame, which is '
                f'known {self.delay} frames later; use feed(), or delay=0.'
            )
        number = self.state.number + 1 if number is None else number
        return self.feed(Frame(number, timestamp, image), dropped)[0][1]

    def feed(self, frame: Frame, dropped: int = 0) -> List[Tuple[Frame, FrameTubes]]:
        """Take the next frame of the stream.

        Args:
            frame (Frame): Number from 1 and rising, time and image (H, W, 3).
            dropped (int): Copied to the result.

        Returns:
            list[tuple[Frame, FrameTubes]]: The frames whose results are known now
            and their tubes: without delay this frame.
        """
        self._accept(frame, dropped)
        return list(self._results())

    def flush(self) -> List[Tuple[Frame, FrameTubes]]:
        """Results of the frames that wait, at the end of the stream.

        Returns:
            list[tuple[Frame, FrameTubes]]: Empty without delay.
        """
        return list(self._results(flush=True))

    def _accept(self, frame: Frame, dropped: int) -> None:
        """Run the 2D network on a frame."""
        for error in self.network.extract([Turn(self.state, frame, dropped)]).values():
            raise error

    def _detections(
        self, flush: bool = False
    ) -> Iterator[Tuple[Waiting, FrameDetections]]:
        """Frames whose results are known now, and their detections."""
        for answers in self.network.answer({0: self.state}, flush):
            waiting, found = answers[0]
            if isinstance(found, Exception):
                self.state.waiting.clear()
                raise found
            yield waiting, found

    def _results(self, flush: bool = False) -> Iterator[Tuple[Frame, FrameTubes]]:
        """Link the detections."""
        for waiting, found in self._detections(flush):
            yield waiting.frame, self.state.link(waiting, found)

    def detect(
        self, image: np.ndarray, number: Optional[int] = None
    ) -> FrameDetections:
        """Take the next frame of the stream, without linking and without delay.

        Args:
            image (np.ndarray): As in `push`, shape (H, W, 3).
            number (int, optional): As in `push`.

        Returns:
            FrameDetections: All boxes that pass the `test_cfg` of the model.
        """
        number = self.state.number + 1 if number is None else number
        self._accept(Frame(number, float('nan'), image), 0)
        return [found for _, found in self._detections(flush=True)][-1]

    def finish(self) -> List[LinkedTube]:
        """End the stream; the next frame starts another one.

        Returns:
            list[LinkedTube]: The open tubes, also those that ended in frames that
            were waiting. Ids continue in the next stream.
        """
        ended = [tube for _, tubes in self.flush() for tube in tubes.ended]
        self.state.reset()
        return ended + self.linker.finish()

    def stream(
        self, source: Any, drop: str = 'oldest', max_frames: Optional[int] = None
    ) -> Generator[Tuple[Frame, FrameTubes], None, None]:
        """Process a video, a folder of frames or a camera.

        Args:
            source (int | str | object): As for `open_source`, or its result,
                which is closed at the end.
            drop (str): Frames of a camera that arrive too fast are dropped
                (`'oldest'`) or wait (`'none'`).
            max_frames (int, optional): Stop after this number of frames.

        Yields:
            tuple[Frame, FrameTubes]: Each frame and its tubes. Call `finish`
            after the loop for the tubes that are open at the end. An error is
            raised after the results of all frames before it.
        """
        known = (VideoSource, FolderSource, CameraSource)
        opened: FrameSource = (
            source if isinstance(source, known) else open_source(source, drop)
        )
        self.finish()
        self.linker.fps = opened.fps
        failure: Optional[Exception] = None
        frame: Optional[Frame] = None
        try:
            frames = itertools.islice(opened, max_frames)
            while True:
                try:
                    frame = next(frames, None)
                    if frame is not None:
                        self._accept(frame, opened.dropped)
                except Exception as error:
                    failure = error
                yield from self._results(frame is None or failure is not None)
                if failure is not None:
                    raise failure
                if frame is None:
                    return
        finally:
            opened.close()

    def infer(
        self, source: Any, drop: str = 'oldest', max_frames: Optional[int] = None
    ) -> List[LinkedTube]:
        """All tubes of a video; arguments as in `stream`.

        Returns:
            list[LinkedTube]: By rising id.
        """
        tubes: List[LinkedTube] = []
        for _, result in self.stream(source, drop, max_frames):
            tubes += result.ended
        return merge_pieces(tubes + self.finish())
