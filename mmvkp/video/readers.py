"""Frames of several sources at the same time."""

import threading
import time
from typing import Any, Dict, Iterator, List, Mapping, NamedTuple, Optional, Union

from .frame import Frame
from .source import FrameSource


class Arrival(NamedTuple):
    """Frame of a source.

    Attributes:
        frame (Frame): The frame.
        dropped (int): Frames of this source that were dropped so far.
    """

    frame: Frame
    dropped: int


class Ended(NamedTuple):
    """End of a source.

    Attributes:
        error (Exception, optional): Its reason; None at the normal end.
    """

    error: Optional[Exception] = None


class SourceReaders:
    """Reads every source in a thread, one frame ahead; no frame is lost.

    Args:
        sources (Mapping[int, FrameSource]): Sources by number; closed by `close`.
        max_frames (int, optional): Frames of each source.

    Example:
        >>> with SourceReaders({0: open_source('a.mp4'), 1: open_source(0)}) as readers:
        ...     for arrived in readers:
        ...         print(sorted(arrived))
    """

    def __init__(
        self, sources: Mapping[int, FrameSource], max_frames: Optional[int] = None
    ) -> None:
        self.sources, self.max_frames = dict(sources), max_frames
        self.news = threading.Condition()
        self.held: Dict[int, Union[Arrival, Ended]] = {}
        self.active = set(self.sources)
        # A camera waits for a slower one no longer than for its own next frame.
        self.patience = 1 / max([each.fps for each in self.sources.values()] or [1.0])
        self.threads: List[threading.Thread] = []

    def __enter__(self) -> 'SourceReaders':
        for number in self.sources:
            thread = threading.Thread(target=self._read, args=(number,), daemon=True)
            self.threads.append(thread)
            thread.start()
        return self

    def __exit__(self, *error: Any) -> None:
        for number in self.sources:
            self.drop(number)
        for thread in self.threads:
            thread.join()
        for source in self.sources.values():
            source.close()

    def _read(self, number: int) -> None:
        """Hold the next frame until it is taken; runs in a thread."""
        source, end = self.sources[number], Ended()
        try:
            for count, frame in enumerate(source, 1):
                if not self._hold(number, Arrival(frame, source.dropped)):
                    return
                if count == self.max_frames:
                    break
        except Exception as error:
            end = Ended(error)
        self._hold(number, end)

    def _hold(self, number: int, item: Union[Arrival, Ended]) -> bool:
        """Wait for the place of a source and fill it; False if it was dropped."""
        with self.news:
            self.news.wait_for(
                lambda: number not in self.held or number not in self.active
            )
            if number in self.active:
                self.held[number] = item
            self.news.notify_all()
            return number in self.active

    def drop(self, number: int) -> None:
        """Stop a source; it gives no further frame."""
        with self.news:
            self.active.discard(number)
            self.held.pop(number, None)
            self.news.notify_all()
        self.sources[number].stop()

    def stop(self) -> None:
        """End all sources after their present frames; safe in a signal handler."""
        for source in self.sources.values():
            source.stop()

    def __iter__(self) -> Iterator[Dict[int, Union[Arrival, Ended]]]:
        """Frames that have arrived, at most one of each source, by its number.

        After the first frame of a step the others are waited for as long as a frame
        of the fastest source lasts; a slower source is in one of the next steps.
        """
        while True:
            with self.news:
                self.news.wait_for(lambda: self.held or not self.active)
                if not self.active:
                    return
                until = time.monotonic() + self.patience
                self.news.wait_for(
                    lambda: self.active <= set(self.held),
                    max(0.0, until - time.monotonic()),
                )
                step = {number: self.held.pop(number) for number in sorted(self.held)}
                self.active -= {
                    number for number, item in step.items() if isinstance(item, Ended)
                }
                self.news.notify_all()
            if step:
                yield step
