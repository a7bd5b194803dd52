"""Interface of a detector that works on frames of one or several streams."""

from typing import (
    Any,
    Dict,
    Iterator,
    List,
    Mapping,
    NamedTuple,
    Optional,
    Sequence,
    Tuple,
    Union,
)

from ...video import Frame
from ..class_thresholds import class_thresholds_of
from ..online_linker import OnlineLinker
from ..online_tubes import FrameDetections, LinkOptions
from .appearance import colours_at, features_at
from .row_ring import RowRing
from .stream_state import ClipShape, StreamState, Waiting, check_finite, frames_of_delay


class Turn(NamedTuple):
    """The next frame of a stream.

    Attributes:
        state (StreamState): The stream.
        frame (Frame): The frame.
        dropped (int): Frames that were dropped before it.
    """

    state: StreamState
    frame: Frame
    dropped: int = 0


# Detections of a frame, or the reason why there are none.
Found = Tuple[Waiting, Union[FrameDetections, Exception]]
Due = Dict[int, Tuple[StreamState, Waiting]]


class TubeNetwork:
    """A detector whose features of frames are computed once; base class.

    A subclass calls `set_clips`, sets `classes` and has `prepare`, `store`, `detect`
    and, with a bank, `new_bank_ring`.

    Attributes: `shape` (ClipShape); `delay` (int), frames that a result is late;
    `place`, position of the answered frame in its clip; `classes` (list[str]), names
    by label.
    """

    classes: List[str]

    def set_clips(self, shape: ClipShape, delay: Union[int, str]) -> None:
        """Set the clips and the delay.

        Args:
            shape (ClipShape): Frames of a clip and their distance.
            delay (int | str): See `frames_of_delay`.
        """
        self.shape, self.delay = shape, frames_of_delay(delay, shape)
        self.place = shape.clip_len - 1 - self.delay // shape.frame_interval

    def make_linker(self, link: Optional[LinkOptions]) -> OnlineLinker:
        """Linker of a stream; thresholds may have the names of classes as keys."""
        link = link or LinkOptions()
        values = class_thresholds_of(link.class_thresholds, self.classes)
        return OnlineLinker(link._replace(class_thresholds=values))

    def new_bank_ring(self) -> Optional[RowRing]:
        """Buffer of rows of a stream; None without a bank."""
        return None

    def new_state(self, link: Optional[LinkOptions]) -> StreamState:
        """State of another stream."""
        return StreamState(
            self.shape, self.make_linker(link), self.delay, self.new_bank_ring()
        )

    def prepare(self, frame: Frame) -> Any:
        """Input of the network from a frame.

        Returns:
            Any: With a key `inputs` that has a `shape`.
        """
        raise NotImplementedError

    def store(self, turns: Sequence[Turn], packed: Sequence[Any]) -> None:
        """Run the network of the frames on inputs of the same size.

        Args:
            turns (Sequence[Turn]): One for each stream; `state.add` takes the result.
            packed (Sequence): Results of `prepare`.
        """
        raise NotImplementedError

    def detect(self, due: Due) -> Dict[int, Found]:
        """Detections of one frame of each stream.

        Args:
            due (dict[int, tuple]): State and frame by number of the stream.

        Returns:
            dict[int, tuple]: The frame and its detections or an error.
        """
        raise NotImplementedError

    def extract(self, turns: Sequence[Turn]) -> Dict[int, Exception]:
        """Run the network of the frames on the next frame of each stream.

        Inputs of the same size form a batch.

        Args:
            turns (Sequence[Turn]): One for each stream.

        Returns:
            dict[int, Exception]: Errors by position in `turns`; those frames are not
            stored.
        """
        failures: Dict[int, Exception] = {}
        packed: Dict[int, Any] = {}
        for row, (state, frame, _) in enumerate(turns):
            try:
                state.check(frame)
                packed[row] = self.prepare(frame)
            except Exception as error:
                failures[row] = error
        shapes = {row: tuple(each['inputs'].shape) for row, each in packed.items()}
        for rows in equal_keys(shapes):
            try:
                self.store([turns[row] for row in rows], [packed[row] for row in rows])
            except Exception as error:
                failures.update(dict.fromkeys(rows, error))
        return failures

    def answer(
        self, states: Mapping[int, StreamState], flush: bool = False
    ) -> Iterator[Dict[int, Found]]:
        """Detections of the frames whose clips are complete.

        Args:
            states (Mapping[int, StreamState]): The streams by their numbers.
            flush (bool): No further frame arrives.

        Yields:
            dict[int, tuple]: By number of the stream its next frame and the
            detections in it, or an error.
        """
        while True:
            due = {
                number: (state, waiting)
                for number, state in states.items()
                for waiting in [state.take(flush)]
                if waiting is not None
            }
            if not due:
                return
            yield self.detect(due)


def complete(
    found: FrameDetections,
    state: StreamState,
    waiting: Waiting,
    feature: Any,
    scale: Any,
    stride: int,
) -> Union[FrameDetections, Exception]:
    """Check detections and add the appearance that the linker uses.

    Args:
        found (FrameDetections): Detections of a frame; changed in-place.
        state (StreamState): The stream.
        waiting (Waiting): The frame.
        feature (np.ndarray | Tensor): Its map.
        scale (float | Sequence[float]): See `features_at`.
        stride (int): See `features_at`.

    Shape:
        - feature: (C, h, w).

    Returns:
        FrameDetections | Exception: An error if they are not finite.
    """
    try:
        check_finite(found, waiting.frame.number)
    except ValueError as error:
        return error
    appearance = state.linker.options.appearance
    if appearance == 'colour':
        found.features = colours_at(waiting.frame.image, found.boxes)
    elif appearance == 'network':
        found.features = features_at(feature, found.boxes, scale, stride)
    return found


def equal_keys(keys: Mapping[int, Any]) -> List[List[int]]:
    """Numbers with equal keys."""
    groups: Dict[Any, List[int]] = {}
    for number, key in keys.items():
        groups.setdefault(key, []).append(number)
    return list(groups.values())
