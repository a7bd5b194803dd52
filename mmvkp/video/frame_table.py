"""Result of decoding a whole video file."""

import base64
import zlib
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Tuple

import av
import numpy as np

from .container_size import missing_bytes
from .decoder import Decoder, clockwise
from .urls import is_url

# Share of the frames that may be damaged in a usable file.
TOLERANCE = 0.01


class FrameTable(NamedTuple):
    """Result of decoding a file; the fields of `VideoInfo` have the same meaning.

    Attributes:
        unit (float): Time base of the stream in seconds.
        usable (bool): True if the file is complete, or only few of its frames are
            damaged.

    Shape:
        - pts: (num_frames,), int64, strictly increasing presentation times in units;
          (0,) if the container has no such times.
        - keys: (K,), int64, numbers of the key frames.
    """

    num_frames: int
    width: int
    height: int
    rotation: int
    fps: float
    unit: float
    pts: np.ndarray
    keys: np.ndarray
    problem: str
    usable: bool

    def times(self) -> np.ndarray:
        """Seconds after the first frame: (num_frames,), float64."""
        if len(self.pts):
            return (self.pts - self.pts[0]) * self.unit
        return np.arange(self.num_frames) / self.fps


class FrameTally:
    """Frames of a decoder, whose times, key frames and damage are recorded.

    It can be iterated over once.

    Args:
        decoder (Decoder): Opened decoder with one thread.
    """

    def __init__(self, decoder: Decoder) -> None:
        self.decoder = decoder
        self._unit = float(decoder.stream.time_base or 0)
        self.rotation, self.size = 0, (0, 0)  # of the first frame, as it is stored
        self._pts: List[Optional[int]] = []
        self._keys: List[int] = []
        self._damaged: List[int] = []
        self._resized: List[int] = []

    def __iter__(self) -> Iterator[av.VideoFrame]:
        for number, frame in enumerate(self.decoder):
            size = (frame.width, frame.height)
            if not number:
                self.rotation, self.size = clockwise(frame), size
            self._pts.append(frame.pts)
            if frame.key_frame:
                self._keys.append(number)
            if frame.is_corrupt:
                self._damaged.append(number)
            if size != self.size:
                self._resized.append(number)
            yield frame

    @property
    def upright_size(self) -> Tuple[int, int]:
        """Width and height of the upright frames."""
        return self.size[::-1] if self.rotation % 180 else self.size

    def seconds(self) -> Optional[float]:
        """Time from the first to the newest frame; None if it is unknown."""
        first, last = self._pts[0], self._pts[-1]
        if first is None or last is None or last < first or not self._unit:
            return None
        return (last - first) * self._unit

    def table(self) -> FrameTable:
        """Result, after the last frame.

        Raises:
            ValueError: If there were no frames.
        """
        count, name = len(self._pts), self.decoder.name
        early, damage = self._early_end(), self._damage()
        problem = '; '.join([*early, *damage])
        if not count:
            raise ValueError(
                f'{name}: no frame can be decoded{f" ({problem})" if problem else ""}. '
                'Copy the file again, or remove it from the data.'
            )
        fps = self.decoder.fps
        known = [] if None in self._pts or not self._unit else self._pts
        pts = np.array(known, np.int64)
        if len(pts) > 1 and (np.diff(pts) <= 0).any():
            pts = pts[:0]
        if len(pts) > 1:
            measured = (count - 1) / ((pts[-1] - pts[0]) * self._unit)
            # Times are rounded, in Matroska to milliseconds.
            fps = fps if abs(measured / fps - 1) < 0.01 else float(measured)
        return FrameTable(
            count,
            *self.upright_size,
            self.rotation,
            fps,
            self._unit,
            pts,
            np.array(self._keys, np.int64),
            problem,
            not early and self.decoder.lost + len(self._damaged) <= _few(count),
        )

    def _early_end(self) -> List[str]:
        """Reasons to believe that frames are missing at the end."""
        decoder, faults = self.decoder, []
        if decoder.stopped:
            faults.append(f'reading ends with an error ({decoder.stopped})')
        missing = 0 if is_url(decoder.path) else missing_bytes(decoder.path)
        if missing:
            faults.append(f'at least {missing} bytes are missing at its end')
        # Damaged parts of AVI are skipped without an error. Counts of MP4 include
        # frames that an edit list hides; other containers have no counts.
        announced = decoder.stream.frames
        is_counted = decoder.container.format.name == 'avi'
        if is_counted and announced - len(self._pts) > _few(announced):
            faults.append(f'its header announces {announced} frames')
        return faults

    def _damage(self) -> List[str]:
        """Descriptions of damaged frames."""
        faults = []
        if self.decoder.lost:
            faults.append(f'{self.decoder.lost} packet(s) cannot be decoded')
        for numbers, text in (
            (self._damaged, 'are damaged'),
            (self._resized, 'have another size'),
        ):
            if numbers:
                faults.append(
                    f'{len(numbers)} frame(s) {text}, the first is {numbers[0]}'
                )
        return faults


def _few(count: int) -> float:
    """Number of frames that may be damaged: decoders also skip some at the ends."""
    return max(2, TOLERANCE * count)


def describe_damage(name: str, num_frames: int, problem: str) -> str:
    """Sentence that names a damaged file and the remedy.

    Args:
        name (str): The file.
        num_frames (int): Number of frames that can be read.
        problem (str): Its damage.
    """
    return (
        f'{name} is damaged: {num_frames} frames can be read; {problem}. Copy the file '
        'again, repair it with ffmpeg, or remove it from the data.'
    )


def decode_all(path: str) -> FrameTable:
    """Decode a file; nothing is stored.

    The decoder has one thread: several threads hide damage and deliver other frames
    after it.

    Args:
        path (str): The file.

    Raises:
        FileNotFoundError: If the file is missing.
        ValueError: If no frame can be decoded.
    """
    with Decoder(path) as decoder:
        tally = FrameTally(decoder)
        for _ in tally:
            pass
        return tally.table()


def _shrink(numbers: np.ndarray) -> str:
    """Text of ascending integers: their differences, compressed."""
    steps = np.diff(numbers, prepend=0).astype('<i8')
    return base64.b64encode(zlib.compress(steps.tobytes())).decode()


def _expand(text: str, largest: int) -> np.ndarray:
    """Integers of `_shrink`, at most a number of them."""
    stream = zlib.decompressobj()
    data = stream.decompress(base64.b64decode(text), 8 * largest + 8)
    if not stream.eof:
        raise ValueError('the text is damaged.')
    return np.cumsum(np.frombuffer(data, '<i8'))


def pack(table: FrameTable) -> Dict[str, Any]:
    """Values of a table that JSON can store."""
    return dict(table._asdict(), pts=_shrink(table.pts), keys=_shrink(table.keys))


def unpack(fields: Dict[str, Any]) -> Optional[FrameTable]:
    """Table of stored values; None if they are damaged."""
    try:
        values = {name: fields[name] for name in FrameTable._fields}
        count = values['num_frames']
        for name in ('pts', 'keys'):
            values[name] = _expand(values[name], count)
        table = FrameTable(**values)
        fits = len(table.pts) in (0, count) and min(table.width, table.height) > 0
    except (KeyError, TypeError, ValueError, zlib.error):
        return None
    return table if fits and count > 0 else None
