"""Frames of a video file, a folder or a stream, read on demand."""

import os.path as osp
from functools import partial
from typing import Callable, Dict, List, NamedTuple, Sequence, Union

import numpy as np

from ..video import FolderSource, Frame, read_frames, video_info
from ..video.frame import to_rgb


class Footage(NamedTuple):
    """Frames of a video, read on demand.

    Attributes:
        path (str): File, or folder of pictures.
        times (np.ndarray): Seconds after the first frame.
        fps (float): Frames per second.
        damage (str): Sentence that names a damaged file; empty if it is complete.
        read (Callable): Function from numbers of frames, from 0, to frames.

    Shape:
        - times: (T,), float64.
        - read: (H, W, 3) each, uint8, RGB.
    """

    path: str
    times: np.ndarray
    fps: float
    damage: str
    read: Callable[[np.ndarray], Union[np.ndarray, Sequence[np.ndarray]]]


def footage_of(path: str) -> Footage:
    """Open a video file, or a folder of pictures.

    Args:
        path (str): The file or folder. Pictures are ordered by the numbers in their
            names; their frame rate is the rate of `FolderSource`.

    Raises:
        FileNotFoundError: If it is missing.
        ValueError: If it has no frames.
    """
    if not osp.isdir(path):
        info = video_info(path)
        read = partial(read_frames, path)
        return Footage(path, info.times, info.fps, info.damage, read)
    folder = FolderSource(path)
    times = np.arange(len(folder.files)) / folder.fps
    return Footage(path, times, folder.fps, '', partial(_read_pictures, folder.files))


def _read_pictures(files: List[str], numbers: np.ndarray) -> List[np.ndarray]:
    """Read some pictures of a folder, each once."""
    import cv2

    images: Dict[int, np.ndarray] = {}
    for number in np.unique(numbers).tolist():
        image = cv2.imread(files[number])
        if image is None:
            raise ValueError(f'{files[number]} cannot be read as a picture')
        images[number] = to_rgb(image)
    return [images[number] for number in numbers.tolist()]


def memory_footage(name: str, frames: Sequence[Frame], fps: float) -> Footage:
    """Footage of frames in memory.

    Args:
        name (str): Name of their source, for messages.
        frames (Sequence[Frame]): The frames.
        fps (float): Frames per second.
    """

    def read(numbers: np.ndarray) -> List[np.ndarray]:
        return [frames[number].image for number in numbers.tolist()]

    times = np.array([each.timestamp - frames[0].timestamp for each in frames])
    return Footage(name, times, fps, '', read)
