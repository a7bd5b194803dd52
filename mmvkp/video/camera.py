"""Frames of cameras and network streams."""

import logging
import threading
import time
from collections import deque
from typing import Any, Deque, Iterator, Optional, Union

import numpy as np

from ..checks import check_choice, check_integer, check_number
from ..host_stack import print_log
from .frame import DEFAULT_FPS, Frame, to_rgb
from .urls import mask_credentials, open_url

# Properties of OpenCV, which is imported when a camera is opened.
_FPS, _FRAME_COUNT = 5, 7
# Seconds without a frame after which a camera is considered lost.
PATIENCE = 10.0
# Seconds before the first attempt to reconnect; doubled before each further one.
DELAY = 1.0
# Seconds of frames after which all attempts to reconnect are available again.
STABLE = 60.0


class CameraSource:
    """Frames of a camera or a network stream.

    A camera has no normal end. A lost one is opened again; then the frames of the
    gap count as dropped. A video file given as an object ends after its last frame.

    Args:
        camera (int | str | object): Number of the camera, from 0; URL; an object
            with `read` and `release` like `cv2.VideoCapture`, which cannot be
            reconnected; or a function that opens such an object.
        drop (str): Handling of frames that arrive faster than they are consumed.
            `'oldest'`: a thread reads every frame and holds the newest; older unread
            frames are dropped, counted in `dropped`, and their numbers are skipped.
            `'none'`: a frame is read on demand; the delay grows.
        reconnects (int): Attempts to open a lost camera again. They are counted
            anew after `STABLE` seconds of frames.

    Attributes: `fps` (float), as the camera reports it; `count`, None; `dropped`,
    number of dropped frames; `name`, the camera, of a URL without credentials.

    Raises:
        ValueError: If `drop` is unknown, the camera cannot be opened, or it does not
            send any frame.
        ConnectionError: If the camera is lost and cannot be opened again.
        TimeoutError: If no frame arrives for `PATIENCE` seconds.
    """

    count = None

    def __init__(
        self, camera: Union[int, str, Any], drop: str = 'oldest', reconnects: int = 5
    ) -> None:
        check_choice('CameraSource', 'drop', drop, ('oldest', 'none'))
        check_integer('CameraSource', reconnects=reconnects)
        check_number('CameraSource', 0, reconnects=reconnects)
        self.camera, self.drop = camera, drop
        self.name = (
            mask_credentials(str(camera)) if isinstance(camera, (int, str)) else 'given'
        )
        can_reopen = isinstance(camera, (int, str)) or not hasattr(camera, 'read')
        self.reconnects = reconnects if can_reopen else 0
        self.used = 0
        self.connected = time.monotonic()
        self.capture = self._open()
        if not self._is_open():
            raise ValueError(
                f'camera {self.name} cannot be opened; give the number of a connected '
                'camera, from 0, or the URL of a stream.'
            )
        self.fps = self._get(_FPS) or DEFAULT_FPS
        self.dropped = 0
        self.held: Deque[Frame] = deque(maxlen=1)
        self.news = threading.Condition()
        self.closing = threading.Event()
        self.reconnecting = False
        self.closed = False
        self.error: Optional[BaseException] = None
        self.thread: Optional[threading.Thread] = None

    def _open(self) -> Any:
        """Capture of the camera, which may be closed."""
        if isinstance(self.camera, str):
            return open_url(self.camera)
        if isinstance(self.camera, int):
            import cv2

            return cv2.VideoCapture(self.camera)
        return self.camera if hasattr(self.camera, 'read') else self.camera()

    def _is_open(self) -> bool:
        """True if the capture is open."""
        return getattr(self.capture, 'isOpened', lambda: True)()

    def _get(self, what: int) -> float:
        """Property of the capture; 0 if it has none."""
        return getattr(self.capture, 'get', lambda _: 0)(what)

    def _read(self) -> Iterator[Frame]:
        """Frames of the camera until it ends."""
        number, start, last = 0, 0.0, 0.0
        while not self.closing.is_set():
            there, image = self.capture.read()
            lost = not there
            if lost:
                if not number and not self.closing.is_set():
                    raise ValueError(f'camera {self.name} does not send any frame.')
                if 0 < self._get(_FRAME_COUNT) <= number:
                    break
                image = self._reconnect(number)
                if image is None:
                    break
            now = time.monotonic()
            start = start or now
            if lost:
                missed = max(0, round((now - last) * self.fps) - 1)
                number += missed
                with self.news:
                    self.dropped += missed
            number, last = number + 1, now
            yield Frame(number, now - start, to_rgb(image))

    def _reconnect(self, number: int) -> Optional[np.ndarray]:
        """Open a lost camera again and read a frame.

        Args:
            number (int): Number of the last frame.

        Shape:
            - returns: (H, W, 3), uint8, BGR; None if the source is closed.
        """
        if time.monotonic() - self.connected > STABLE:
            self.used = 0
        self.reconnecting = True
        while self.used < self.reconnects:
            print_log(
                f'camera {self.name} is lost; reconnecting.', 'current', logging.WARNING
            )
            self.capture.release()
            if self.closing.wait(DELAY * 2**self.used):
                return None
            self.used += 1
            self.capture = self._open()
            there, image = self.capture.read() if self._is_open() else (False, None)
            if there:
                self.connected, self.reconnecting = time.monotonic(), False
                return image
        if self.closing.is_set():
            return None
        raise ConnectionError(
            f'camera {self.name} was lost after frame {number}; {self.used} attempts '
            'to reconnect failed. Check the camera and its network.'
        )

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
                while not self.news.wait_for(
                    lambda: self.held or self.closed, PATIENCE
                ):
                    if not self.reconnecting:
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

    def stop(self) -> None:
        """End the iteration, also while it waits; safe in a signal handler."""
        self.closing.set()
        with self.news:
            self.closed = True
            self.news.notify()

    def close(self) -> None:
        """Stop the thread and close the camera."""
        self.stop()
        if self.thread is not None:
            self.thread.join(PATIENCE)
        self.capture.release()
