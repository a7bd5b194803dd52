"""Pictures and videos that appear as a whole or not at all, and the one-line
end of a tool that was used wrongly."""

import os
import sys
from typing import Callable, Optional, Tuple

import cv2
import numpy as np

from .text import fit_into


def temporary_name(path: str) -> str:
    """Name beside a file with the same ending, and its folder made.

    Raises:
        ValueError: If the file cannot be put there.
    """
    folder, name = os.path.split(os.path.abspath(path))
    if os.path.isdir(path):
        raise ValueError(f'{path} is a folder; give the name of a file.')
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError as error:
        raise ValueError(f'{path} cannot be written: {error}.') from error
    return os.path.join(folder, f'.{os.getpid()}.tmp.{name}')


def write_picture(path: str, picture: np.ndarray) -> None:
    """Write a picture.

    Args:
        path (str): Ends in ``.png`` or another ending that OpenCV knows.
        picture (np.ndarray): (H, W, 3), uint8, RGB.

    Raises:
        ValueError: If it cannot be written.
    """
    temporary = temporary_name(path)
    try:
        done = cv2.imwrite(temporary, picture[..., ::-1])
        if done:
            os.replace(temporary, path)
    except (cv2.error, OSError) as error:
        raise ValueError(f'{path} cannot be written: {error}.') from error
    if not done:
        raise ValueError(
            f'{path} cannot be written; look at the folder and the free space.'
        )


class VideoFile:
    """An mp4 that is written frame by frame.

    With PyAV it is H.264, which browsers play, else OpenCV's MPEG-4. Used in
    a ``with`` block; without errors in it the file then has its name.

    Args:
        path (str): Ends in ``.mp4``.
        fps (int): Frames per second.
    """

    def __init__(self, path: str, fps: int) -> None:
        self.path, self.fps = path, fps
        self.temporary = temporary_name(path)
        self.size: Optional[Tuple[int, int]] = None

    def __enter__(self) -> 'VideoFile':
        return self

    def _start(self, frame: np.ndarray) -> None:
        """Open the encoder for even sides, as H.264 wants them."""
        self.size = tuple(2 * (side // 2) for side in frame.shape[1::-1])
        try:
            import av

            self.file = av.open(self.temporary, 'w')
            self.stream = self.file.add_stream('libx264', rate=self.fps)
        except (ImportError, ValueError):  # PyAV's errors are ValueErrors
            self.file = cv2.VideoWriter(
                self.temporary, cv2.VideoWriter_fourcc(*'mp4v'), self.fps, self.size
            )
            self.stream = None
            return
        self.stream.width, self.stream.height = self.size
        self.stream.pix_fmt = 'yuv420p'
        self.stream.options = dict(crf='18')

    def write(self, frame: np.ndarray) -> None:
        """Add a frame (H, W, 3), uint8, RGB; the first one gives the size,
        into which others are fitted."""
        if self.size is None:
            self.shape = frame.shape[:2]
            self._start(frame)
        if frame.shape[:2] != self.shape:
            frame = fit_into(frame, *self.shape[::-1])
        width, height = self.size
        frame = np.ascontiguousarray(frame[:height, :width])
        if self.stream is None:
            self.file.write(frame[..., ::-1])
            return
        import av

        picture = av.VideoFrame.from_ndarray(frame, format='rgb24')
        self.file.mux(self.stream.encode(picture))

    def __exit__(self, kind: Optional[type], *_) -> None:
        if self.size is None:
            return
        if self.stream is None:
            self.file.release()
        else:
            self.file.mux(self.stream.encode())
            self.file.close()
        if kind is None:
            os.replace(self.temporary, self.path)
        else:
            os.remove(self.temporary)


def run_tool(name: str, work: Callable[[], None]) -> int:
    """Run a tool; a user's mistake ends in one line.

    Args:
        name (str): File name of the tool.
        work (Callable): What to do.

    Returns:
        int: Exit status: 0, 2 after a user's mistake, 130 after Ctrl-C.
    """
    try:
        work()
    except (ValueError, TypeError, KeyError, OSError) as error:
        text = error.args[0] if isinstance(error, KeyError) else error
        print(f'{name}: error: {" ".join(str(text).split())}', file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print('\ninterrupted', file=sys.stderr)
        return 130
    return 0
