"""Frame by frame reading of videos, folders and cameras."""

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
# Seconds without a frame after which a camera is considered lost.
PATIENCE = 10.0


class Frame(NamedTuple):
    """One frame of a stream.

    Attributes:
        number (int): Number from 1; dropped frames are counted.
        timestamp (float): Seconds since the first frame.
        image (np.ndarray): (H, W, 3), uint8, RGB.
    """

    number: int
    timestamp: float
    image: np.ndarray


def _to_rgb(image: np.ndarray) -> np.ndarray:
    """Reverse the channel order of OpenCV."""
    return cv2.cvtColor(image, cv2.COLOR_BGR2RGB)


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
        self.fps = self.capture.get(cv2.CAP_PROP_FPS) or FOLDER_FPS
        self.count = int(self.capture.get(cv2.CAP_PROP_FRAME_COUNT)) or None

    def __iter__(self) -> Iterator[Frame]:
        """Iterate over the frames once."""
        number = 0
        while True:
            there, image = self.capture.read()
            if not there:
                break
            number += 1
            yield Frame(number, (number - 1) / self.fps, _to_rgb(image))
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
        """Iterate over the frames."""
        for i, name in enumerate(self.files):
            image = cv2.imread(name)
            if image is None:
                raise ValueError(f'{name} cannot be read as a picture.')
            yield Frame(i + 1, i / self.fps, _to_rgb(image))

    def close(self) -> None:
        """Do nothing: no file stays open."""


def _by_number(name: str) -> List[Union[int, str]]:
    """Sort key that orders frame 2 before frame 10."""
    parts = re.split(r'(\d+)', name)
    return [int(part) if i % 2 else part for i, part in enumerate(parts)]


class CameraSource:
    """Frames of a camera or a network stream.

    Args:
        camera (int | str | object): Number of the camera, from 0; URL; or an object
            with `read` and `release` like `cv2.VideoCapture`.
        drop (str): Handling of frames that arrive faster than they are consumed.
            `'oldest'`: a thread reads every frame and holds the newest; older unread
            frames are dropped, counted in `dropped`, and their numbers are skipped.
            `'none'`: a frame is read on demand; the delay grows.

    Attributes: `fps` (float), as the camera reports it; `count`, None; `dropped`,
    number of dropped frames.

    Raises:
        ValueError: If `drop` is unknown, the camera cannot be opened, or it does not
            send any frame.
        TimeoutError: If no frame arrives for `PATIENCE` seconds.
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
                f'camera {self.name} cannot be opened; give the number of a connected '
                'camera, from 0, or the URL of a stream.'
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
        """Frames of the camera until it ends."""
        number, start = 0, 0.0
        while not self.closed:
            there, image = self.capture.read()
            if not there:
                break
            now = time.monotonic()
            start, number = start or now, number + 1
            yield Frame(number, now - start, _to_rgb(image))
        if not number and not self.closed:
            raise ValueError(f'camera {self.name} does not send any frame.')

    def _grab(self) -> None:
        """Read all frames and hold the newest; runs in the thread."""
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
        """Iterate over the frames once."""
        if self.drop == 'none':
            yield from self._read()
            return
        self.thread = threading.Thread(target=self._grab, daemon=True)
        self.thread.start()
        while True:
            with self.news:
                if not self.news.wait_for(lambda: self.held or self.closed, PATIENCE):
                    raise TimeoutError(
                        f'camera {self.name} has not sent a frame for '
                        f'{PATIENCE:g} seconds.'
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
