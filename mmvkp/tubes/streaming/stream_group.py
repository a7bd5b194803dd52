"""Action tubes of several streams with one network."""

from typing import (
    Any,
    Dict,
    Generator,
    Iterator,
    List,
    Mapping,
    NamedTuple,
    Optional,
    Sequence,
)

from ...video import CameraSource, FolderSource, Frame, FrameSource, VideoSource
from ...video.readers import Arrival, SourceReaders
from ...video.source import open_source
from ..online_tubes import FrameTubes, LinkedTube, LinkOptions, merge_pieces
from .network import TubeNetwork, Turn
from .stream_state import StreamState


class GroupResult(NamedTuple):
    """Tubes in a frame of one of several streams.

    Attributes:
        source (int): Number of the stream, from 0.
        frame (Frame): The frame.
        tubes (FrameTubes): Its tubes; ids belong to the stream.
    """

    source: int
    frame: Frame
    tubes: FrameTubes


class StreamGroup:
    """A detector on several streams: one batch of the newest frames in each step.

    The results of a stream equal the results of `TubeStream`. A stream that ends or
    fails does not stop the others.

    Args:
        network (TubeNetwork): The network and its `delay`.
        link (LinkOptions, optional): Options of the linking, see `TubeStream`.

    Attributes: `states` (dict[int, StreamState]) and `failures`
    (dict[int, Exception]) by number of the stream; `readers` of the running streams.

    Example:
        >>> group = StreamGroup(TubeInferencer('point3d.py', 'point3d.pth').network)
        >>> for source, frame, tubes in group.stream(['a.mp4', 'b.mp4']):
        ...     print(source, tubes.frame, tubes.ids)
        >>> group.finish(), group.failures
    """

    def __init__(
        self, network: TubeNetwork, link: Optional[LinkOptions] = None
    ) -> None:
        self.network, self.link = network, link
        self.states: Dict[int, StreamState] = {}
        self.failures: Dict[int, Exception] = {}
        self.readers = SourceReaders({})

    def open(self, sources: Sequence[Any], drop: str = 'oldest') -> Dict[int, Any]:
        """Open sources; the failure of one is recorded.

        Args:
            sources (Sequence): Each as for `open_source`, or its result.
            drop (str): See `TubeStream.stream`.

        Returns:
            dict[int, FrameSource]: The opened ones by number.
        """
        self.states, self.failures = {}, {}
        opened: Dict[int, FrameSource] = {}
        known = (VideoSource, FolderSource, CameraSource)
        for number, source in enumerate(sources):
            try:
                opened[number] = (
                    source if isinstance(source, known) else open_source(source, drop)
                )
            except (OSError, ValueError) as error:
                self.failures[number] = error
        for number, each in opened.items():
            self.states[number] = self.network.new_state(self.link)
            self.states[number].linker.fps = each.fps
        return opened

    def stream(
        self,
        sources: Sequence[Any],
        drop: str = 'oldest',
        max_frames: Optional[int] = None,
    ) -> Iterator[GroupResult]:
        """Process several sources at the same time.

        Args:
            sources (Sequence): See `open`.
            drop (str): See `open`.
            max_frames (int, optional): Frames of each source.

        Yields:
            GroupResult: The frames of each source in their order. Call `finish` after
            the loop for the tubes that are open at the end.
        """
        yield from self.run(self.open(sources, drop), max_frames)

    def run(
        self, opened: Mapping[int, FrameSource], max_frames: Optional[int] = None
    ) -> Generator[GroupResult, None, None]:
        """Process the result of `open`; as `stream`."""
        with SourceReaders(opened, max_frames) as self.readers:
            for step in self.readers:
                turns = {
                    number: Turn(self.states[number], *item)
                    for number, item in step.items()
                    if isinstance(item, Arrival)
                }
                ended = {
                    number: item.error
                    for number, item in step.items()
                    if not isinstance(item, Arrival)
                }
                numbers = list(turns)
                failed = self.network.extract([turns[each] for each in numbers])
                ended.update({numbers[row]: failed[row] for row in failed})
                yield from self._results([each for each in turns if each not in ended])
                yield from self._results(list(ended), flush=True)
                for number, error in ended.items():
                    self.end(number, error)

    def _results(
        self, numbers: Sequence[int], flush: bool = False
    ) -> Iterator[GroupResult]:
        """Results that are known now."""
        states = {number: self.states[number] for number in numbers}
        for answers in self.network.answer(states, flush):
            for number, (waiting, found) in answers.items():
                state = states[number]
                if not isinstance(found, Exception):
                    yield GroupResult(number, waiting.frame, state.link(waiting, found))
                    continue
                state.waiting.clear()
                self.end(number, found)

    def end(self, number: int, error: Optional[Exception]) -> None:
        """Stop a stream and record its first error."""
        self.readers.drop(number)
        if error is not None:
            self.failures.setdefault(number, error)

    def finish(self) -> Dict[int, List[LinkedTube]]:
        """End all streams.

        Returns:
            dict[int, list[LinkedTube]]: The open tubes of each stream.
        """
        tubes = {}
        for number, state in self.states.items():
            state.reset()
            tubes[number] = state.linker.finish()
        return tubes

    def infer(
        self,
        sources: Sequence[Any],
        drop: str = 'oldest',
        max_frames: Optional[int] = None,
    ) -> List[List[LinkedTube]]:
        """All tubes of several videos; arguments as in `stream`.

        Returns:
            list[list[LinkedTube]]: Those of each source by rising id; look at
            `failures` for sources that ended early.
        """
        found: Dict[int, List[LinkedTube]] = {}
        for number, _, tubes in self.stream(sources, drop, max_frames):
            found.setdefault(number, []).extend(tubes.ended)
        last = self.finish()
        return [
            merge_pieces(found.get(number, []) + last.get(number, []))
            for number in range(len(sources))
        ]
