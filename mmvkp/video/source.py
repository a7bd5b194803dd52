"""Frames of videos, folders and cameras, one after the other."""

import os
import os.path as osp
import re
import threading
import time
from collections import deque
from typing import Any, Deque, Iterator, List, NamedTuple, Optional, Union

import cv2
import numpy as np

from ..checks import check_choice

IMAGES = ('.png', '.jpg', '.jpeg', '.bmp')
FOLDER_FPS = 25.0
# Seconds after which a camera that sends nothing counts as lost.
PATIENCE = 10.0


class Frame(NamedTuple):
    """One frame of a stream.

    Attributes:
        number (int): From 1; dropped frames are counted.
        timestamp (float): Seconds since the first frame.
        image (np.ndarray): (H, W, 3), uint8, RGB.
    """

    number: int
    timestamp: float
    image: np.ndarray


def _to_rgb(image: np.ndarray) -> np.ndarray:
    """What OpenCV reads, in the order of colours that networks take."""
    return cv2.cvtColor(image, cv2.COLOR_BGR2RGB)


class VideoSource:
    """Frames of a video file.

    Args:
        path (str): The file.

    Attributes: ``fps`` (float), frames per second; ``count`` (int or None),
    how many frames it says it has; ``dropped``, always 0.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it cannot be read or holds no frame.
    """

    dropped = 0

    def __init__(self, path: str) -> None:
        if not osp.isfile(path):
            raise FileNotFoundError(f'no video file {path}.')
        self.path = path
        self.capture = cv2.VideoCapture(path)
        if not self.capture.isOpened():
            raise ValueError(
                f'{path} cannot be read as a video; give a video '
                'file, a folder of frames, or a camera.'
            )
        self.fps = self.capture.get(cv2.CAP_PROP_FPS) or FOLDER_FPS
        self.count = int(self.capture.get(cv2.CAP_PROP_FRAME_COUNT)) or None

    def __iter__(self) -> Iterator[Frame]:
        """The frames, once."""
        number = 0
        while True:
            there, image = self.capture.read()
            if not there:
                break
            number += 1
            yield Frame(number, (number - 1) / self.fps, _to_rgb(image))
        if not number:
            raise ValueError(f'{self.path} holds no frame.')

    def close(self) -> None:
        """Close the file."""
        self.capture.release()


class FolderSource:
    """Frames of a folder, in the order of the numbers in their names.

    Args:
        path (str): The folder; its pictures are those with an ending of
            `IMAGES`.
        fps (float): Frames per second, for the timestamps.

    Attributes: as `VideoSource`.

    Raises:
        FileNotFoundError: If there is no such folder.
        ValueError: If it holds no pictures, or one cannot be read.
    """

    dropped = 0

    def __init__(self, path: str, fps: float = FOLDER_FPS) -> None:
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
        """The frames."""
        for i, name in enumerate(self.files):
            image = cv2.imread(name)
            if image is None:
                raise ValueError(f'{name} cannot be read as a picture.')
            yield Frame(i + 1, i / self.fps, _to_rgb(image))

    def close(self) -> None:
        """Nothing is open."""


def _by_number(name: str) -> List[Union[int, str]]:
    """Key that puts frame 2 before frame 10."""
    parts = re.split(r'(\d+)', name)
    return [int(part) if i % 2 else part for i, part in enumerate(parts)]


class CameraSource:
    """Frames of a camera or a network stream.

    Args:
        camera (int | str | object): Number of the camera, from 0; URL; or
            something with ``read`` and ``release`` as `cv2.VideoCapture`.
        drop (str): What happens when frames come faster than they are taken.
            ``'oldest'``: a thread takes every frame from the camera and holds
            the newest; older ones that nobody fetched are dropped, counted
            in ``dropped``, and left out of the numbers. ``'none'``: a frame
            is taken from the camera when it is asked for; the delay grows.

    Attributes: ``fps`` (float), what the camera says; ``count``, None;
    ``dropped``, frames dropped so far.

    Raises:
        ValueError: If ``drop`` is not known, the camera cannot be opened, or
            it sends no frame at all.
        TimeoutError: If a camera hangs for `PATIENCE` seconds.
    """

    count = None

    def __init__(self, camera: Union[int, str, Any], drop: str = 'oldest') -> None:
        check_choice('CameraSource', 'drop', drop, ('oldest', 'none'))
        self.name = camera if isinstance(camera, (int, str)) else 'given'
        self.capture = (
            cv2.VideoCapture(camera) if isinstance(camera, (int, str)) else camera
        )
        is_opened = getattr(self.capture, 'isOpened', lambda: True)
        if not is_opened():
            raise ValueError(
                f'camera {self.name} cannot be opened; give the number of a '
                'camera that is there, from 0, or the URL of a stream.'
            )
        get = getattr(self.capture, 'get', lambda what: 0)
        self.fps = get(cv2.CAP_PROP_FPS) or FOLDER_FPS
        self.drop = drop
        self.dropped = 0
        self.held: Deque[Frame] = deque(maxlen=1)
        self.news = threading.Condition()
        self.closed = False
        self.error: Optional[BaseException] = None
        self.thread: Optional[threading.Thread] = None

    def _read(self) -> Iterator[Frame]:
        """Frames as the camera gives them, until it ends."""
        number, start = 0, 0.0
        while not self.closed:
            there, image = self.capture.read()
            if not there:
                break
            now = time.monotonic()
            start, number = start or now, number + 1
            yield Frame(number, now - start, _to_rgb(image))
        if not number and not self.closed:
            raise ValueError(f'camera {self.name} sends no frame.')

    def _grab(self) -> None:
        """Work of the thread: hold the newest frame."""
        try:
            for frame in self._read():
                with self.news:
                    self.dropped += len(self.held)
                    self.held.append(frame)
                    self.news.notify()
        except Exception as error:
            self.error = error
        with self.news:
            self.closed = True
            self.news.notify()

    def __iter__(self) -> Iterator[Frame]:
        """The frames, once."""
        if self.drop == 'none':
            yield from self._read()
            return
        self.thread = threading.Thread(target=self._grab, daemon=True)
        self.thread.start()
        while True:
            with self.news:
                if not self.news.wait_for(lambda: self.held or self.closed, PATIENCE):
                    raise TimeoutError(
                        f'camera {self.name} has sent nothing for {PATIENCE:g} seconds.'
                    )
                if not self.held:
                    break
                frame = self.held.popleft()
            yield frame
        if self.error is not None:
            raise self.error

    def close(self) -> None:
        """Stop the thread and close the camera."""
        self.closed = True
        if self.thread is not None:
            self.thread.join(PATIENCE)
        self.capture.release()


FrameSource = Union[VideoSource, FolderSource, CameraSource]


def open_source(
    source: Union[int, str, os.PathLike, Any], drop: str = 'oldest'
) -> FrameSource:
    """Open whatever gives frames.

    Args:
        source (int | str | object): Path of a video file or of a folder of
            frames; number of a camera, also as a string of digits if no file
            has that name; URL; or a camera object, see `CameraSource`.
        drop (str): What a camera does with frames that come too fast, see
            `CameraSource`; files lose none.

    Returns:
        VideoSource, FolderSource or CameraSource: Iterate over it once, then
        call ``close()``.

    Raises:
        FileNotFoundError: If there is no such file or folder.
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
