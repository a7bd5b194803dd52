"""Windows of a video or stream, in seconds."""

from collections import deque
from typing import Deque, Iterable, Iterator, List, NamedTuple, Optional, Tuple

import numpy as np

from ..checks import check_number
from ..video import Frame

# Times of frames are rounded; a frame that is early by less belongs to a window.
_TOLERANCE = 1e-6


class Window(NamedTuple):
    """Part of a video.

    Attributes:
        start (float): Seconds after the first frame of the video, rounded to 1e-6.
        end (float): Its end, likewise.
        first (int): Number of its first frame, from 0.
        last (int): Number of the frame after its last one.
    """

    start: float
    end: float
    first: int
    last: int


def check_window(window: Optional[float], stride: Optional[float]) -> None:
    """Refuse lengths that are not positive numbers.

    Args:
        window (float, optional): Length of a window in seconds.
        stride (float, optional): Distance of the windows in seconds.

    Raises:
        TypeError: If one of them is not a number.
        ValueError: If one of them is not above 0, or there is a stride only.
    """
    if window is None and stride is not None:
        raise ValueError(f'stride={stride} has no effect without a window; give both.')
    for name, value in (('window', window), ('stride', stride)):
        if value is not None:
            check_number('Inferencer', 0, **{name: value})
            if value <= 0:
                raise ValueError(f'{name}={value} must be above 0 seconds.')


def cut_windows(
    times: np.ndarray, fps: float, window: float, stride: Optional[float] = None
) -> List[Window]:
    """Windows that cover a video.

    They start at 0, `stride`, 2 `stride` and so on. If the last one does not reach the
    end, another one ends there. A video that is shorter than a window is one window. A
    window between two frames has the frame that is visible then.

    Args:
        times (np.ndarray): Seconds of the frames after the first one, ascending.
        fps (float): Frames per second; the last frame is visible for `1 / fps`.
        window (float): Length of a window in seconds.
        stride (float, optional): Distance of the starts in seconds. Default: `window`.

    Shape:
        - times: (T,), float64.

    Raises:
        ValueError: If the stride is shorter than a frame.
    """
    stride = window if stride is None else stride
    if stride * fps < 1 - _TOLERANCE:
        raise ValueError(
            f'stride={stride} is shorter than a frame; give at least {1 / fps:.3g} '
            'seconds.'
        )
    duration = float(times[-1]) + 1 / fps
    count = max(0, int((duration - window + _TOLERANCE) / stride)) + 1
    starts = [i * stride for i in range(count)]
    if starts[-1] + window < duration - _TOLERANCE:
        starts.append(max(0.0, duration - window))
    parts = []
    for start in starts:
        end = min(start + window, duration)
        first, last = np.searchsorted(times, np.array([start, end]) - _TOLERANCE)
        if last <= first:
            last, first = first, first - 1
        parts.append(Window(round(start, 6), round(end, 6), int(first), int(last)))
    return parts


def stream_windows(
    frames: Iterable[Frame], window: float, stride: Optional[float] = None
) -> Iterator[Tuple[float, float, List[Frame]]]:
    """Windows of a stream; the frames of one window are kept.

    A window without frames, as after the loss of a camera, is skipped. At the end of
    the stream the frames that no window contained form a shorter one.

    Args:
        frames (Iterable[Frame]): Frames with ascending timestamps.
        window (float): Length of a window in seconds.
        stride (float, optional): Distance of the starts in seconds. Default: `window`.

    Yields:
        tuple: Start and end in seconds, and the frames.
    """
    stride = window if stride is None else stride
    held: Deque[Frame] = deque()
    number, seen = 0, -1.0  # timestamp of the last frame that a window contained
    for frame in frames:
        while frame.timestamp >= number * stride + window - _TOLERANCE:
            start = number * stride
            if held:
                seen = held[-1].timestamp
                yield round(start, 6), round(start + window, 6), list(held)
            number += 1
            while held and held[0].timestamp < number * stride - _TOLERANCE:
                held.popleft()
        if frame.timestamp >= number * stride - _TOLERANCE:
            held.append(frame)
    if held and held[-1].timestamp > seen:
        yield round(number * stride, 6), round(held[-1].timestamp, 6), list(held)
