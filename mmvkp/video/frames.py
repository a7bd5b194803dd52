"""Number, size, times and content of the frames of a video file.

Frame n, from 0, is the n-th frame that decoding delivers, see `decoder.py`. Numbers
in headers are not used.
"""

import os
from os import PathLike
from typing import Iterator, List, NamedTuple, Optional, Sequence, Tuple, Union

import av
import numpy as np

from ..checks import shorten
from ..files import check_path
from .decoder import Decoder
from .frame_records import file_state, records_of
from .frame_table import FrameTable, decode_all, describe_damage, pack, unpack

Indices = Union[Sequence[int], np.ndarray]


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

    @property
    def damage(self) -> str:
        """Sentence that names the damaged file; empty if it is complete."""
        if self.complete:
            return ''
        return describe_damage(self.path, self.num_frames, self.problem)


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


def known_table(path: str) -> Optional[FrameTable]:
    """Stored result of decoding a file, or None.

    Args:
        path (str): An existing file.
    """
    return unpack(records_of(path).find(path) or {})


def frame_table(path: str) -> FrameTable:
    """Stored or new result of decoding a file.

    Args:
        path (str): The file.

    Raises: See `video_info`.
    """
    if not os.path.isfile(path):
        raise FileNotFoundError(f'no video file {path}.')
    table = known_table(path)
    if table is None:
        state = file_state(path)
        table = decode_all(path)
        records_of(path).add(path, state, pack(table))
    return table


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
