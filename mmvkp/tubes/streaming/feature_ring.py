"""Features of the last frames of a stream."""

from collections import deque
from typing import Any, Deque, Optional

import numpy as np

from ...checks import check_positive
from ..clips import clip_frames


class FeatureRing:
    """Buffer of maps of the newest frames; builds clips of them.

    The clip of frame f has the frames `f, f - frame_interval, ...`. Frames
    before the first one of the stream are replaced by the first one, as in
    `clip_frames`. A dropped frame is replaced by the last available one before
    it, so that a clip always shows the true speed. Maps are arrays of NumPy or tensors.

    Each map is stored twice, `capacity` slots apart, so that the frames of a clip
    without dropped frames follow each other and need no copy.

    Args:
        clip_len (int): Frames of a clip, T.
        frame_interval (int): Distance of neighbouring frames of a clip.

    Raises:
        TypeError: If an argument is not an integer.
        ValueError: If an argument is not positive; or if a frame is not newer
            than those before it.
    """

    def __init__(self, clip_len: int, frame_interval: int = 1) -> None:
        check_positive('FeatureRing', clip_len=clip_len, frame_interval=frame_interval)
        self.clip_len = clip_len
        self.frame_interval = frame_interval
        self.capacity = (clip_len - 1) * frame_interval + 1
        self.reset()

    def reset(self) -> None:
        """Remove all frames."""
        self.maps: Any = None
        self.numbers: Deque[int] = deque(maxlen=self.capacity)
        self.count = 0

    def __len__(self) -> int:
        """Number of stored frames, at most `capacity`."""
        return len(self.numbers)

    def push(self, number: int, feature: Any) -> None:
        """Store the next frame and remove the oldest one if the buffer is full.

        Args:
            number (int): Number of the frame, from 1, larger than those before.
            feature (np.ndarray | Tensor): Its map.

        Shape:
            - feature: (C, h, w), the same for all frames.
        """
        if self.numbers and number <= self.numbers[-1]:
            raise ValueError(
                f'FeatureRing: frame {number} comes after frame '
                f'{self.numbers[-1]}; frames must be pushed in rising order. '
                'Call reset() before another video.'
            )
        if self.maps is None:
            self.maps = empty_maps(feature, 2 * self.capacity)
        slot = self.count % self.capacity
        self.maps[slot] = self.maps[slot + self.capacity] = feature
        self.numbers.append(number)
        self.count += 1

    def clip(self, last: Optional[int] = None) -> Any:
        """Maps of the clip that ends with a frame.

        Args:
            last (int, optional): Number of this frame. A frame that has not arrived
                is replaced by the newest one, as at the end of a video. Default:
                the newest frame.

        Shape:
            - returns: (T, C, h, w), oldest first; to be read, and only until the next
              `push`.

        Raises:
            ValueError: If no frame is stored.
        """
        if self.maps is None:
            raise ValueError('FeatureRing: no frame is stored; call push() first.')
        held = np.array(self.numbers)
        newest = self.numbers[-1]
        span = self.frame_interval * (self.clip_len - 1)
        first = (newest if last is None else last) - span
        wanted = clip_frames(first, self.clip_len, self.frame_interval, newest)
        # The last frame that is not later than the wanted one.
        place = np.searchsorted(held, wanted, side='right') - 1
        place = place.clip(0)
        oldest = (self.count - len(held)) % self.capacity
        step = self.frame_interval
        if (np.diff(place) == step).all():
            first = (oldest + place[0]) % self.capacity
            return self.maps[first : first + span + 1 : step]
        return self.maps[(oldest + place) % self.capacity]


def empty_maps(feature: Any, count: int) -> Any:
    """Maps without content, in the memory order of a map.

    Args:
        feature (np.ndarray | Tensor): A map.
        count (int): Number of maps.

    Shape:
        - feature: (C, h, w).
        - returns: (count, C, h, w).
    """
    shape = tuple(feature.shape)
    if isinstance(feature, np.ndarray):
        return np.empty((count, *shape), feature.dtype)
    if feature.stride(0) > 1 or shape[0] == 1:
        return feature.new_empty((count, *shape))
    # Channels last in memory, as networks give them on a CPU.
    return feature.new_empty((count, *shape[1:], shape[0])).permute(0, 3, 1, 2)
