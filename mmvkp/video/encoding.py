"""Files of generated data sets; each appears as a whole or not at all."""

import os
import shutil
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator

import cv2
import numpy as np

FPS = 12


def write_text(path: Path, text: str) -> None:
    """Write a file so that it is there as a whole or not at all."""
    temporary = path.with_name(f'.{path.name}.tmp')
    temporary.write_text(text, encoding='utf-8')
    os.replace(temporary, path)


def count_frames(path: Path) -> int:
    """Frames of a video, 0 where it is missing or cannot be read."""
    if not path.is_file():
        return 0
    capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
    frames = int(capture.get(cv2.CAP_PROP_FRAME_COUNT))
    capture.release()
    return max(0, frames)


@contextmanager
def _silent_stderr() -> Iterator[None]:
    """Keep OpenCV's remark about its choice of a container tag off the
    terminal."""
    saved, null = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 2)
    try:
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
        os.close(null)


def write_video(path: Path, frames: np.ndarray) -> None:
    """Encode a video under a temporary name, look at it, and rename it.

    The codec is Motion JPEG: it treats all frames alike. One with key frames
    (MPEG-4, H.264) begins with a frame that can be recognised by its
    artefacts, and so gives away which pose came first.

    Args:
        path (Path): Ends in ``.mp4``.
        frames (np.ndarray): (T, H, W, 3) BGR uint8.

    Raises:
        OSError: If OpenCV cannot write it, or not all of it.
    """
    temporary = path.with_name(f'.{path.name}.tmp.mp4')
    with _silent_stderr():
        writer = cv2.VideoWriter(
            str(temporary),
            cv2.CAP_FFMPEG,
            cv2.VideoWriter_fourcc(*'MJPG'),
            FPS,
            frames.shape[2:0:-1],
        )
    for frame in frames:
        writer.write(frame)
    writer.release()
    if count_frames(temporary) != len(frames):
        raise OSError(
            f'{path} could not be written; look at the free space, '
            'and at whether this OpenCV has FFmpeg.'
        )
    os.replace(temporary, path)


def write_raw_frames(
    folder: Path, frames: np.ndarray, template: str = 'img_{:05d}.jpg'
) -> None:
    """Write a folder of frames, ``img_00001.jpg`` and on, or none at all.

    Args:
        folder (Path): It must not hold anything else.
        frames (np.ndarray): (T, H, W, 3) BGR uint8.
        template (str): Name of a frame; its suffix says how it is encoded.

    Raises:
        OSError: If a frame cannot be written.
    """
    temporary = folder.with_name(f'.{folder.name}.tmp')
    for old in (temporary, folder):
        shutil.rmtree(old, ignore_errors=True)
    temporary.mkdir(parents=True)
    quality = [cv2.IMWRITE_JPEG_QUALITY, 95] * template.endswith('.jpg')
    for number, frame in enumerate(frames, start=1):
        name = str(temporary / template.format(number))
        if not cv2.imwrite(name, frame, quality):
            raise OSError(f'{name} could not be written.')
    os.replace(temporary, folder)
