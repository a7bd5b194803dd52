"""Frames of video files and folders, and the choice of a source."""

import logging
import os
import os.path as osp
import re
from typing import Any, Iterator, List, Union
from urllib.parse import urlsplit
from urllib.request import url2pathname

import numpy as np

from ..checks import check_choice
from ..host_stack import print_log
from .camera import CameraSource
from .decoder import Decoder
from .frame import DEFAULT_FPS, Frame, to_rgb
from .frame_table import FrameTally, describe_damage
from .frames import known_table
from .urls import FILE_PROTOCOLS, is_url, protocol_of

IMAGES = ('.png', '.jpg', '.jpeg', '.bmp')
VIDEOS = (
    *('.mp4', '.m4v', '.mov', '.3gp', '.avi', '.mkv', '.webm', '.wmv', '.flv'),
    *('.mpg', '.mpeg', '.ts', '.m2ts', '.mts', '.ogv', '.vob', '.gif'),
)


class VideoSource:
    """Frames of a video file, upright: the frames of `frames.read_frames`, in order.

    Args:
        path (str): The file, or the URL of a file.

    Attributes: `fps` (float), frames per second; `count` (int or None), number of
    frames, for files that were not decoded before an estimate of the container;
    `dropped`, always 0; `name`, the path, of a URL without credentials.

    Raises:
        FileNotFoundError: If the file is missing.
        ValueError: If it cannot be read or has no frames; after the last readable
            frame, if frames are missing. If few frames are damaged, a warning names
            the file.
    """

    dropped = 0

    def __init__(self, path: str) -> None:
        self.decoder = Decoder(path)
        self.path, self.name = path, self.decoder.name
        self.stopped = False
        self.fps, self.count = self.decoder.fps, self.decoder.estimate_count()
        known = None if is_url(path) else known_table(path)
        if known is not None:
            self.fps, self.count = known.fps, known.num_frames

    def __iter__(self) -> Iterator[Frame]:
        """Iterate over the frames once."""
        tally = FrameTally(self.decoder)
        for number, frame in enumerate(tally, 1):
            if self.stopped:
                return
            image = self.decoder.upright_rgb(frame, tally.rotation, *tally.upright_size)
            seconds = tally.seconds()
            if seconds is None:
                seconds = (number - 1) / self.fps
            yield Frame(number, seconds, np.ascontiguousarray(image))
        table = tally.table()
        if not table.problem:
            return
        text = describe_damage(self.name, table.num_frames, table.problem)
        if not table.usable:
            raise ValueError(text)
        print_log(text, 'current', logging.WARNING)

    def stop(self) -> None:
        """End the iteration before the next frame."""
        self.stopped = True

    def close(self) -> None:
        """Close the file."""
        self.decoder.close()


class FolderSource:
    """Frames of a folder, in the order of the numbers in their names.

    Args:
        path (str): The folder; files with an ending of `IMAGES` are read.
        fps (float): Frames per second, for the timestamps.

    Attributes: the same as for `VideoSource`.

    Raises:
        FileNotFoundError: If the folder is missing.
        ValueError: If it has no pictures, or one cannot be read.
    """

    dropped = 0

    def __init__(self, path: str, fps: float = DEFAULT_FPS) -> None:
        if not osp.isdir(path):
            raise FileNotFoundError(f'no folder {path}.')
        names = [
            name
            for name in os.listdir(path)
            if name.lower().endswith(IMAGES) and not name.startswith('.')
        ]
        if not names:
            raise ValueError(
                f'the folder {path} holds no frames ({", ".join(IMAGES)}).'
            )
        self.name = path
        self.files = [osp.join(path, name) for name in sorted(names, key=_by_number)]
        self.fps, self.count = fps, len(names)
        self.stopped = False

    def __iter__(self) -> Iterator[Frame]:
        """Iterate over the frames."""
        import cv2

        for i, name in enumerate(self.files):
            if self.stopped:
                break
            image = cv2.imread(name)
            if image is None:
                raise ValueError(f'{name} cannot be read as a picture.')
            yield Frame(i + 1, i / self.fps, to_rgb(image))

    def stop(self) -> None:
        """End the iteration before the next frame."""
        self.stopped = True

    def close(self) -> None:
        """Do nothing: no file stays open."""


def _by_number(name: str) -> List[Union[int, str]]:
    """Sort key that orders frame 2 before frame 10."""
    parts = re.split(r'(\d+)', name)
    return [int(part) if i % 2 else part for i, part in enumerate(parts)]


FrameSource = Union[VideoSource, FolderSource, CameraSource]


def open_source(
    source: Union[int, str, os.PathLike, Any], drop: str = 'oldest'
) -> FrameSource:
    """Open a video file, a folder of frames or a camera.

    A URL of `FILE_PROTOCOLS` is a file if its container reports the number of frames
    or its path ends like a video; other URLs are cameras. No frame of a file is
    dropped.

    Args:
        source (int | str | object): Path of a video file or of a folder of frames;
            number of a camera, also as a string of digits if no file has that name;
            URL; or a camera object, see `CameraSource`.
        drop (str): Handling of frames that a camera sends too fast, see
            `CameraSource`; not used for files.

    Returns:
        VideoSource, FolderSource or CameraSource: Iterate over it once, then call
        `close()`.

    Raises:
        FileNotFoundError: If the file or folder is missing.
        ValueError: If it cannot be read.
    """
    check_choice('open_source', 'drop', drop, ('oldest', 'none'))
    if isinstance(source, os.PathLike):
        source = os.fspath(source)
    if not isinstance(source, str):
        return CameraSource(source, drop)
    if osp.isdir(source):
        return FolderSource(source)
    if not osp.exists(source):
        if source.isdigit():
            return CameraSource(int(source), drop)
        if is_url(source):
            return _open_url(source, drop)
    return VideoSource(source)


def _open_url(url: str, drop: str) -> FrameSource:
    """Open a URL as a file or as a camera."""
    if protocol_of(url) == 'file':
        return VideoSource(url2pathname(urlsplit(url).path))
    if protocol_of(url) in FILE_PROTOCOLS:
        video = VideoSource(url)
        if video.count or osp.splitext(urlsplit(url).path)[1].lower() in VIDEOS:
            return video
        video.close()
    return CameraSource(url, drop)
