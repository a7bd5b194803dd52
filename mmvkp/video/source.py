"""Frames of video files and folders, and the choice of a source."""

import os
import os.path as osp
import re
from typing import Any, Iterator, List, Union

import cv2

from ..checks import check_choice
from .camera import CameraSource
from .frame import DEFAULT_FPS, Frame, to_rgb

IMAGES = ('.png', '.jpg', '.jpeg', '.bmp')


class VideoSource:
    """Frames of a video file.

    Args:
        path (str): The file.

    Attributes: `fps` (float), frames per second; `count` (int or None), number of
    frames according to the container; `dropped`, always 0.

    Raises:
        FileNotFoundError: If the file is missing.
        ValueError: If it cannot be read or has no frames.
    """

    dropped = 0

    def __init__(self, path: str) -> None:
        if not osp.isfile(path):
            raise FileNotFoundError(f'no video file {path}.')
        self.path = path
        self.capture = cv2.VideoCapture(path)
        if not self.capture.isOpened():
            raise ValueError(
                f'{path} cannot be read as a video; give a video file, a folder of '
                'frames, or a camera.'
            )
        self.fps = self.capture.get(cv2.CAP_PROP_FPS) or DEFAULT_FPS
        self.count = int(self.capture.get(cv2.CAP_PROP_FRAME_COUNT)) or None

    def __iter__(self) -> Iterator[Frame]:
        """Iterate over the frames once."""
        number = 0
        while True:
            there, image = self.capture.read()
            if not there:
                break
            number += 1
            yield Frame(number, (number - 1) / self.fps, to_rgb(image))
        if not number:
            raise ValueError(f'{self.path} holds no frames.')

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
        self.files = [osp.join(path, name) for name in sorted(names, key=_by_number)]
        self.fps, self.count = fps, len(names)

    def __iter__(self) -> Iterator[Frame]:
        """Iterate over the frames."""
        for i, name in enumerate(self.files):
            image = cv2.imread(name)
            if image is None:
                raise ValueError(f'{name} cannot be read as a picture.')
            yield Frame(i + 1, i / self.fps, to_rgb(image))

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
        if '://' in source:
            return CameraSource(source, drop)
    return VideoSource(source)
