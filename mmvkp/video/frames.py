"""Number, size, times and content of the frames of a video file.

Frame n, from 0, is the n-th frame that decoding delivers, see `decoder.py`. Numbers
in headers are not used.
"""

import base64
import os
import zlib
from os import PathLike
from typing import (
    Any,
    Dict,
    Iterator,
    List,
    NamedTuple,
    Optional,
    Sequence,
    Tuple,
    Union,
)

import av
import numpy as np

from ..checks import shorten
from ..files import check_path
from .container_size import missing_bytes
from .decoder import Decoder, clockwise
from .frame import DEFAULT_FPS
from .frame_records import records_of

Indices = Union[Sequence[int], np.ndarray]

# Share of the frames by which the header of an AVI file may differ from its content.
_TOLERANCE = 0.01


class VideoInfo(NamedTuple):
    """Properties of a video file, found by decoding all its frames.

    Attributes:
        path (str): The file.
        num_frames (int): Number of frames that can be decoded.
        width (int): Width of the upright frames in pixels.
        height (int): Height of the upright frames in pixels.
        rotation (int): Rotation that makes a stored frame upright: 0, 90, 180 or 270
            degrees clockwise. It is applied already.
        fps (float): Frames per second, the average.
        times (np.ndarray): Seconds after the first frame.
        complete (bool): True if no part of the file is missing or damaged.
        problem (str): Damage of the file; empty if it is complete.

    Shape:
        - times: (num_frames,), float64.
    """

    path: str
    num_frames: int
    width: int
    height: int
    rotation: int
    fps: float
    times: np.ndarray
    complete: bool
    problem: str


class FrameTable(NamedTuple):
    """Result of decoding a file; the fields of `VideoInfo` have the same meaning.

    Attributes:
        unit (float): Time base of the stream in seconds.

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

    def times(self) -> np.ndarray:
        """Seconds after the first frame: (num_frames,), float64."""
        if len(self.pts):
            return (self.pts - self.pts[0]) * self.unit
        return np.arange(self.num_frames) / self.fps


def video_info(path: Union[str, PathLike]) -> VideoInfo:
    """Properties of a video file.

    All frames are decoded, once for each file: the result is stored, see
    `frame_records.py`.

    Args:
        path (str | PathLike): The file.

    Raises:
        FileNotFoundError: If the file is missing.
        ValueError: If no frame can be decoded.
    """
    path = check_path('video_info', 'path', path)
    table = frame_table(path)
    return VideoInfo(
        path,
        table.num_frames,
        table.width,
        table.height,
        table.rotation,
        table.fps,
        table.times(),
        not table.problem,
        table.problem,
    )


def read_frames(
    path: Union[str, PathLike], indices: Indices, num_threads: int = 1
) -> np.ndarray:
    """Read frames of a video file.

    Args:
        path (str | PathLike): The file.
        indices (Sequence[int] | np.ndarray): Numbers of the frames, from 0, in any
            order; they may repeat.
        num_threads (int): Threads of the decoder; 0: one per core.

    Shape:
        - returns: (len(indices), H, W, 3), uint8, RGB, upright.

    Raises:
        FileNotFoundError: If the file is missing.
        IndexError: If the video has no frame with this number.
        TypeError: If a number is not an integer.
        ValueError: If no frame can be decoded.
    """
    path = check_path('read_frames', 'path', path)
    return read_from(path, frame_table(path), indices, num_threads)


def frame_table(path: str) -> FrameTable:
    """Stored or new result of decoding a file.

    Args:
        path (str): The file.

    Raises: See `video_info`.
    """
    if not os.path.isfile(path):
        raise FileNotFoundError(f'no video file {path}.')
    records = records_of(path)
    table = _unpack(records.find(path) or {})
    if table is None:
        table = decode_all(path)
        records.add(path, _pack(table))
    return table


def decode_all(path: str) -> FrameTable:
    """Decode a file; nothing is stored.

    The decoder has one thread: several threads hide damage and deliver other frames
    after it.

    Args:
        path (str): The file.

    Raises: See `video_info`.
    """
    decoder = Decoder(path)
    first: Tuple[int, ...] = ()
    pts: List[Optional[int]] = []
    keys, damaged, resized = [], [], []
    with decoder:
        for number, frame in enumerate(decoder):
            first = first or (clockwise(frame), frame.width, frame.height)
            pts.append(frame.pts)
            if frame.key_frame:
                keys.append(number)
            if frame.is_corrupt:
                damaged.append(number)
            if (frame.width, frame.height) != first[1:]:
                resized.append(number)
        fps = float(decoder.stream.average_rate or 0) or DEFAULT_FPS
        unit = float(decoder.stream.time_base or 0)
        announced = decoder.stream.frames
        if decoder.container.format.name != 'avi':
            announced = 0  # edit lists hide frames; other containers have no index
    faults = decoder.faults
    if announced - len(pts) > max(2, _TOLERANCE * announced):
        # Damaged chunks of AVI are skipped without an error.
        faults.append(f'the header announces {announced} frames')
    if damaged:
        faults.append(f'{len(damaged)} frame(s) are damaged, the first is {damaged[0]}')
    missing = missing_bytes(path)
    if missing:
        faults.append(f'at least {missing} bytes are missing at its end')
    if resized:
        faults.append(f'frames change their size, the first is {resized[0]}')
    problem = '; '.join(faults)
    if not first:
        raise ValueError(
            f'{path}: no frame can be decoded ({problem or "it is empty"}). Copy the '
            'file again, or remove it from the data.'
        )
    return _table(first, fps, unit, pts, keys, problem)


def _table(
    first: Tuple[int, ...],
    fps: float,
    unit: float,
    pts: Sequence[Optional[int]],
    keys: Sequence[int],
    problem: str,
) -> FrameTable:
    """Result of decoding.

    Args:
        first (tuple[int, ...]): Rotation, width and height of the first frame.
        fps (float): Frames per second according to the container.
        unit (float): Time base in seconds.
        pts (Sequence[int, optional]): Presentation time of each frame.
        keys (Sequence[int]): Numbers of the key frames.
        problem (str): Damage of the file.
    """
    rotation, width, height = first
    if rotation % 180:
        width, height = height, width
    ordered = unit > 0 and None not in pts
    known = np.asarray(pts if ordered else [], np.int64)
    if ordered and len(known) > 1 and (np.diff(known) <= 0).any():
        known = known[:0]
    if len(known) > 1:
        measured = (len(known) - 1) / ((known[-1] - known[0]) * unit)
        # Times are rounded, in Matroska to milliseconds.
        fps = fps if abs(measured / fps - 1) < 0.01 else measured
    return FrameTable(
        len(pts),
        width,
        height,
        rotation,
        fps,
        unit,
        known,
        np.asarray(keys, np.int64),
        problem,
    )


def read_from(
    path: str, table: FrameTable, indices: Indices, num_threads: int = 1
) -> np.ndarray:
    """Read frames of a file that was decoded before; see `read_frames`."""
    wanted = np.asarray(indices)
    if wanted.ndim != 1 or not (wanted.dtype.kind in 'iu' or not wanted.size):
        raise TypeError(
            f'read_frames: indices={shorten(indices)} is not a list of integers.'
        )
    count = table.num_frames
    for index in wanted[(wanted < 0) | (wanted >= count)][:1]:
        raise IndexError(
            f'{path}: frame {index} does not exist; {count} frames can be read, '
            f'numbered from 0{f" ({table.problem})" if table.problem else ""}.'
        )
    size = (table.rotation, table.width, table.height)
    frames = np.empty((len(wanted), table.height, table.width, 3), np.uint8)
    with Decoder(path, 1 if table.problem else num_threads) as decoder:
        for index, frame in _pick(decoder, table, np.unique(wanted).tolist()):
            places = np.flatnonzero(wanted == index)
            frames[places[0]] = decoder.upright_rgb(frame, *size)
            frames[places[1:]] = frames[places[0]]
    return frames


_Picked = Iterator[Tuple[int, av.VideoFrame]]


def _pick(decoder: Decoder, table: FrameTable, wanted: List[int]) -> _Picked:
    """Frames with the given numbers in ascending order.

    A damaged file is read from its start: after a seek its decoder may deliver other
    frames.
    """
    done = 0
    if len(table.pts) and not table.problem:
        for picked in _pick_by_time(decoder, table, wanted):
            yield picked
            done += 1
    if done == len(wanted):
        return
    decoder.open()
    for index, frame in enumerate(decoder):
        if index == wanted[done]:
            yield index, frame
            done += 1
            if done == len(wanted):
                return
    raise ValueError(
        f'{decoder.name}: frame {wanted[done]} could not be read again; the file has '
        'changed, or its storage fails.'
    )


def _pick_by_time(decoder: Decoder, table: FrameTable, wanted: List[int]) -> _Picked:
    """Frames with the given numbers, with seeks to key frames.

    Ends early if the decoder delivers a frame at another time than before.
    """
    frames, number = iter(decoder), 0  # number of the next frame
    for index in wanted:
        key = table.keys[np.searchsorted(table.keys, index, side='right') - 1 :][:1]
        if len(key) and number < key[0] <= index:
            number = int(key[0])
            decoder.seek(int(table.pts[number]))
            frames = iter(decoder)
        for frame in frames:
            if frame.pts is not None and frame.pts < table.pts[number]:
                continue  # before the key frame
            if frame.pts != table.pts[number] or frame.is_corrupt:
                return
            number += 1
            if number > index:
                yield index, frame
                break
        else:
            return


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


def _pack(table: FrameTable) -> Dict[str, Any]:
    """Values of a table that JSON can store."""
    return dict(table._asdict(), pts=_shrink(table.pts), keys=_shrink(table.keys))


def _unpack(fields: Dict[str, Any]) -> Optional[FrameTable]:
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
