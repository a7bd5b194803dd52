"""Pictures and videos that appear complete or not at all."""

import logging
import os
from contextlib import contextmanager, suppress
from os import PathLike
from typing import Any, Iterator, Optional, Sequence, Tuple, Union

import av
import cv2
import numpy as np

from ..files import check_path, replacing, temporary_name
from ..host_stack import print_log
from .text import fit_into
from .written import check_written


def encode_picture(
    path: Union[str, PathLike], picture: np.ndarray, options: Sequence[int] = ()
) -> None:
    """Encode a picture and write it completely, or raise an error.

    `cv2.imwrite` returns True for a file that a full disk or a limit of the file size
    has truncated.

    Args:
        path (str | PathLike): The file; its ending selects the format.
        picture (np.ndarray): The picture, BGR.
        options (Sequence[int]): Options of `cv2.imencode`.

    Shape:
        - picture: (H, W, 3), uint8.

    Raises:
        cv2.error: If the format is unknown.
        OSError: If the file cannot be written completely.
    """
    path = check_path('encode_picture', 'path', path)
    done, content = cv2.imencode(os.path.splitext(path)[1], picture, [*options])
    if not done:
        raise OSError(f'{path} cannot be written: the picture cannot be encoded.')
    with open(path, 'wb') as file:
        file.write(content.tobytes())


def write_picture(path: str, picture: np.ndarray) -> None:
    """Write a picture.

    Args:
        path (str): Ends in `.png` or another ending of a picture.
        picture (np.ndarray): The picture, RGB.

    Shape:
        - picture: (H, W, 3), uint8.

    Raises:
        ValueError: If it cannot be written.
    """
    try:
        with replacing(path) as temporary:
            encode_picture(temporary, picture[..., ::-1])
    except (cv2.error, OSError) as error:
        raise ValueError(f'{path} cannot be written: {error}.') from error


class VideoFile:
    """Context manager that writes an mp4 frame by frame.

    The codec is H.264 with PyAV, which browsers play, otherwise MPEG-4 of OpenCV.
    The file appears at the end of the `with` block; after an error or without frames
    it does not.

    Args:
        path (str): Ends in `.mp4`.
        fps (int): Frames per second.

    Raises:
        OSError: In `write` or at the end, if the file cannot be written completely.
    """

    def __init__(self, path: str, fps: int) -> None:
        self.path, self.fps = path, fps
        self.temporary = temporary_name(path)
        self.size: Tuple[int, int] = (0, 0)  # unknown before the first frame
        self.count = 0
        self.file: Any = None
        self.stream: Any = None

    def __enter__(self) -> 'VideoFile':
        return self

    def _start(self, frame: np.ndarray) -> None:
        """Open the encoder; H.264 needs even sides."""
        height, width = frame.shape[:2]
        self.size = (2 * (width // 2), 2 * (height // 2))
        try:
            self.file = av.open(self.temporary, 'w')
            self.stream = self.file.add_stream('libx264', rate=self.fps)
        except ValueError as error:  # the base class of PyAV's errors
            print_log(
                f'{self.path} is written as MPEG-4, which browsers do not play, since '
                f'this PyAV cannot write H.264 ({error}); pip install -U av.',
                logger='current',
                level=logging.WARNING,
            )
            self.file = cv2.VideoWriter(
                self.temporary, cv2.VideoWriter.fourcc(*'mp4v'), self.fps, self.size
            )
            return
        self.stream.width, self.stream.height = self.size
        self.stream.pix_fmt = 'yuv420p'
        self.stream.options = dict(crf='18')

    def write(self, frame: np.ndarray) -> None:
        """Add a frame; frames of other sizes are fitted into the size of the first.

        Args:
            frame (np.ndarray): The frame, RGB.

        Shape:
            - frame: (H, W, 3), uint8.
        """
        if self.file is None:
            self.shape = frame.shape[:2]
            self._start(frame)
        if frame.shape[:2] != self.shape:
            frame = fit_into(frame, *self.shape[::-1])
        width, height = self.size
        frame = np.ascontiguousarray(frame[:height, :width])
        self.count += 1
        if self.stream is None:
            self.file.write(frame[..., ::-1])
            return
        with self._named_errors():
            picture = av.VideoFrame.from_ndarray(frame, format='rgb24')
            self.file.mux(self.stream.encode(picture))

    @contextmanager
    def _named_errors(self) -> Iterator[None]:
        """Name the video, not its temporary file, in errors of the disk."""
        try:
            yield
        except OSError as error:
            raise OSError(
                f'{self.path} cannot be written: {error.strerror or error}. Check the '
                'free space and limits of the file size.'
            ) from error

    def _finish(self) -> None:
        """Write the remaining frames and check the file."""
        if self.stream is None:
            self.file.release()
        else:
            with self._named_errors():
                self.file.mux(self.stream.encode())
                self.file.close()
        check_written(self.path, self.temporary, self.count)
        os.replace(self.temporary, self.path)

    def __exit__(self, kind: Optional[type], *_: object) -> None:
        try:
            if self.file is not None and kind is None:
                self._finish()
            elif self.file is not None:
                with suppress(OSError, ValueError):  # the first error is raised
                    (self.file.release if self.stream is None else self.file.close)()
        finally:
            if os.path.exists(self.temporary):
                os.remove(self.temporary)
