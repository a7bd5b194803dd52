"""Frames of cameras and network streams."""

import threading
import time
from collections import deque
from typing import Any, Deque, Iterator, Optional, Union

import cv2

from ..checks import check_choice
from .frame import DEFAULT_FPS, Frame, to_rgb

# Seconds without a frame after which a camera is considered lost.
PATIENCE = 10.0


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
        self.fps = get(cv2.CAP_PROP_FPS) or DEFAULT_FPS
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
            yield Frame(number, now - start, to_rgb(image))
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
