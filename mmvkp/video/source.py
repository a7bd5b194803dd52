"""Frames of video files and folders, and the choice of a source."""

import logging
import os
import os.path as osp
import re
from typing import Any, Iterator, List, Union
from urllib.parse import urlsplit
from urllib.request import url2pathname

import cv2
from mmengine.logging import print_log

from ..checks import check_choice
from .camera import CameraSource
from .frame import DEFAULT_FPS, Frame, to_rgb
from .mp4 import edited_seconds
from .urls import FILE_PROTOCOLS, is_url, mask_credentials, open_url, protocol_of

IMAGES = ('.png', '.jpg', '.jpeg', '.bmp')
# Containers with an index, which count their frames; others estimate the number.
_INDEXED = ('.mp4', '.m4v', '.mov', '.3gp', '.avi')
_VIDEOS = (*_INDEXED, '.mkv', '.webm', '.wmv', '.flv', '.mpg', '.mpeg', '.ts', '.ogv')
# Share of the frames that may be missing at the end of a file: decoders skip
# incomplete groups of frames at its ends.
_TOLERANCE = 0.01


class VideoSource:
    """Frames of a video file.

    Args:
        path (str): The file, or the URL of a file.

    Attributes: `fps` (float), frames per second; `count` (int or None), number of
    frames according to the container; `dropped`, always 0; `name`, the path, of a
    URL without credentials.

    Raises:
        FileNotFoundError: If the file is missing.
        ValueError: If it cannot be read or has no frames; after the last readable
            frame, if frames are missing.
    """

    dropped = 0

    def __init__(self, path: str) -> None:
        self.path, self.name = path, mask_credentials(path)
        remote = is_url(path)
        if not remote and not osp.isfile(path):
            raise FileNotFoundError(f'no video file {path}.')
        self.capture = open_url(path) if remote else cv2.VideoCapture(path)
        if not self.capture.isOpened():
            raise ValueError(
                f'{self.name} cannot be read as a video; '
                + (
                    'check the address and that the server sends a video.'
                    if remote
                    else 'give a video file, a folder of frames, or a camera.'
                )
            )
        self.fps = self.capture.get(cv2.CAP_PROP_FPS) or DEFAULT_FPS
        count = int(self.capture.get(cv2.CAP_PROP_FRAME_COUNT))
        self.count = count if count > 0 else None
        self.ending = osp.splitext(urlsplit(path).path if remote else path)[1].lower()
        self.stopped = False

    def __iter__(self) -> Iterator[Frame]:
        """Iterate over the frames once."""
        number, end = 0, 0.0
        while not self.stopped:
            there, image = self.capture.read()
            if not there:
                self._check_complete(number, end)
                break
            number += 1
            end = self.capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
            yield Frame(number, (number - 1) / self.fps, to_rgb(image))

    def _check_complete(self, number: int, end: float) -> None:
        """Compare the frames that were read with the container.

        Args:
            number (int): Number of frames.
            end (float): Time of the last frame in seconds.
        """
        if not number:
            raise ValueError(f'{self.name} holds no frames.')
        expected = self.count or 0
        if self.ending in _INDEXED and not is_url(self.path):
            played = edited_seconds(self.path)
            if played:
                expected = min(expected, round(played * self.fps))
        if expected - number <= max(2, _TOLERANCE * expected):
            return
        text = f'{self.name}: {number} of {expected} frames could be read'
        if self.ending not in _INDEXED and end * self.fps >= 0.97 * expected:
            # The number was estimated from the duration.
            print_log(
                f'{text}; the frame rate varies, or frames are damaged.',
                'current',
                logging.WARNING,
            )
            return
        raise ValueError(
            f'{text}; the file is damaged or incomplete. Copy it again, or repair it '
            'with ffmpeg.'
        )

    def stop(self) -> None:
        """End the iteration before the next frame."""
        self.stopped = True

    def close(self) -> None:
        """Close the file."""
        self.capture.release()


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
        if video.count or video.ending in _VIDEOS:
            return video
        video.close()
    return CameraSource(url, drop)
