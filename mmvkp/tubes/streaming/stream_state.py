"""State of one stream: features, waiting frames and ids."""

from collections import deque
from typing import Any, Deque, List, NamedTuple, Optional, Tuple, Union

import numpy as np

from ...checks import check_integer
from ...video import Frame
from ..online_linker import OnlineLinker
from ..online_tubes import FrameDetections, FrameTubes
from .feature_ring import FeatureRing
from .row_ring import RowRing


class ClipShape(NamedTuple):
    """Number and distance of the frames of a clip.

    Attributes:
        clip_len (int): Frames of a clip, T.
        frame_interval (int): Distance of neighbouring frames of a clip.
    """

    clip_len: int
    frame_interval: int


class Waiting(NamedTuple):
    """A frame whose result is not known yet.

    Attributes:
        frame (Frame): The frame.
        dropped (int): Frames that were dropped before it.
        sample (Any): What the network needs to map boxes back.
        size (tuple[int, int]): H and W of the input of the network.
    """

    frame: Frame
    dropped: int
    sample: Any
    size: Tuple[int, int]


def frames_of_delay(delay: Union[int, str], shape: ClipShape) -> int:
    """Number of frames that a result is late.

    Args:
        delay (int | str): This number; `'centered'`: as many as the clip around a
            frame needs, see `tubes.clips.answering_clips`.
        shape (ClipShape): Frames of a clip and their distance.

    Raises:
        TypeError: If it is not an integer.
        ValueError: If the clip would not contain the frame.
    """
    last = shape.clip_len - 1
    if delay == 'centered':
        return shape.frame_interval * (last - shape.clip_len // 2)
    check_integer('TubeStream', delay=delay)
    steps, rest = divmod(int(delay), shape.frame_interval)
    if rest or not 0 <= steps <= last:
        raise ValueError(
            f"TubeStream: delay={delay} must be 'centered' or a multiple of "
            f'frame_interval={shape.frame_interval} from 0 to '
            f'{last * shape.frame_interval}, the frames of a clip before its last one.'
        )
    return int(delay)


class StreamState:
    """Features, waiting frames and tubes of one stream; bounded in memory.

    Args:
        shape (ClipShape): Frames of a clip and their distance.
        linker (OnlineLinker): Gives the ids.
        delay (int): Frames after which a result is given; the clip of frame t ends
            with frame t + `delay`.
        bank_ring (RowRing, optional): Buffer of rows, if the network has a bank.
    """

    def __init__(
        self,
        shape: ClipShape,
        linker: OnlineLinker,
        delay: int = 0,
        bank_ring: Optional[RowRing] = None,
    ) -> None:
        self.ring = FeatureRing(*shape)
        self.linker, self.delay = linker, delay
        self.waiting: Deque[Waiting] = deque()
        self.bank_ring = bank_ring
        self.reset()

    def reset(self) -> None:
        """Forget all frames; the ids continue."""
        self.ring.reset()
        self.waiting.clear()
        if self.bank_ring is not None:
            self.bank_ring.reset()
        self.number = 0
        self.frame_shape: Optional[Tuple[int, ...]] = None

    def check(self, frame: Frame) -> None:
        """Refuse values that are not the next frame of this stream.

        Raises:
            ValueError: If it is not an image, has another size than those before, or
                its number is not larger.
        """
        image: Any = frame.image
        if frame.number <= self.number:
            raise ValueError(
                f'TubeStream: frame {frame.number} comes after {self.number}; '
                'numbers must ascend. Call finish() before another stream.'
            )
        if (
            not isinstance(image, np.ndarray)
            or image.dtype != np.uint8
            or image.ndim != 3
            or image.shape[2] != 3
            or not image.size
        ):
            kind = (
                f'{image.dtype} {image.shape}'
                if isinstance(image, np.ndarray)
                else type(image).__name__
            )
            raise ValueError(
                f'TubeStream: a frame is {kind}; give uint8 arrays (H, W, 3) in RGB.'
            )
        if self.frame_shape is not None and self.frame_shape != image.shape:
            raise ValueError(
                f'TubeStream: frame {frame.number} has '
                f'{image.shape[1]} x {image.shape[0]} pixels, those before '
                f'{self.frame_shape[1]} x {self.frame_shape[0]}. Resize it, or '
                'call finish() to start another stream.'
            )
        self.frame_shape = image.shape

    def add(self, feature: Any, waiting: Waiting, rows: Any = None) -> None:
        """Store the next frame.

        Args:
            feature (np.ndarray | Tensor): Its map.
            waiting (Waiting): The frame.
            rows (np.ndarray | Tensor, optional): Its rows for the bank.

        Shape:
            - feature: (C, h, w).
            - rows: (1 + k, C).

        Raises:
            ValueError: If its number is not larger than those before.
        """
        self.ring.push(waiting.frame.number, feature)
        self.number = waiting.frame.number
        self.waiting.append(waiting)
        if self.bank_ring is not None:
            self.bank_ring.push(self.number, rows)

    def take(self, flush: bool = False) -> Optional[Waiting]:
        """Remove and return the oldest frame if its clip is complete.

        Args:
            flush (bool): No further frame arrives: all clips are complete.
        """
        if not self.waiting:
            return None
        if not flush and self.waiting[0].frame.number + self.delay > self.number:
            return None
        return self.waiting.popleft()

    def clip(self, waiting: Waiting) -> Any:
        """Maps (T, C, h, w) of the clip of a frame."""
        return self.ring.clip(waiting.frame.number + self.delay)

    def link(self, waiting: Waiting, found: FrameDetections) -> FrameTubes:
        """Tubes of a frame, from its detections."""
        frame = waiting.frame
        return self.linker.update(frame.number, found, frame.timestamp, waiting.dropped)


def check_finite(found: FrameDetections, number: int) -> FrameDetections:
    """Refuse detections that are not finite: the frame would look empty.

    Args:
        found (FrameDetections): Detections of a frame.
        number (int): Number of the frame.

    Raises:
        ValueError: If a box or score is not finite.
    """
    values: List[np.ndarray] = [found.boxes, found.scores, found.class_scores]
    if not all(np.isfinite(each).all() for each in values):
        raise ValueError(
            f'TubeStream: detections in frame {number} are not finite. Check '
            'the weights, and use single precision.'
        )
    return found
