"""Videos and folders of frames of generated data sets."""

import os
import shutil
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator

import cv2
import numpy as np

from ..files import replacing, temporary_name
from .files import encode_picture
from .written import check_written

FPS = 12


@contextmanager
def _silent_stderr() -> Iterator[None]:
    """Hide OpenCV's message about the tag of the codec in an mp4."""
    saved, null = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 2)
    try:
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
        os.close(null)


def write_video(path: Path, frames: np.ndarray) -> None:
    """Write a video and check that it is complete.

    The codec is Motion JPEG, which encodes all frames alike. Codecs with key frames
    (MPEG-4, H.264) mark the first frame by their artefacts, and so reveal the
    direction of time.

    Args:
        path (Path): Ends in `.mp4`.
        frames (np.ndarray): Frames, BGR.

    Shape:
        - frames: (T, H, W, 3), uint8.

    Raises:
        OSError: If OpenCV cannot write the whole file.
    """
    with replacing(path) as temporary:
        with _silent_stderr():
            writer = cv2.VideoWriter(
                temporary,
                cv2.CAP_FFMPEG,
                cv2.VideoWriter.fourcc(*'MJPG'),
                FPS,
                frames.shape[2:0:-1],
            )
        for frame in frames:
            writer.write(frame)
        writer.release()
        check_written(str(path), temporary, len(frames))


def write_raw_frames(
    folder: Path, frames: np.ndarray, template: str = 'img_{:05d}.jpg'
) -> None:
    """Write a folder of frames, numbered from 1; it appears complete or not at all.

    Args:
        folder (Path): The folder; its old content is removed.
        frames (np.ndarray): Frames, BGR.
        template (str): Name of a frame; its ending selects the format.

    Shape:
        - frames: (T, H, W, 3), uint8.

    Raises:
        OSError: If a frame cannot be written.
    """
    shutil.rmtree(folder, ignore_errors=True)
    temporary = Path(temporary_name(folder))
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir()
    quality = [cv2.IMWRITE_JPEG_QUALITY, 95] if template.endswith('.jpg') else []
    for number, frame in enumerate(frames, start=1):
        name = str(temporary / template.format(number))
        encode_picture(name, frame, quality)
    os.replace(temporary, folder)
