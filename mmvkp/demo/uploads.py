"""Checks of uploaded videos, and copies of the size that the networks know."""

import os
from contextlib import closing
from pathlib import Path
from typing import Iterator, List, NamedTuple, Tuple, Union

import cv2
import numpy as np

from ..video.files import VideoFile
from ..video.source import VIDEOS, VideoSource
from .answers import Step

MAX_BYTES = 50_000_000
MAX_FRAMES = 160
# Frames of a clip of StickAction: fewer are repeated.
MIN_FRAMES = 2
# Side of the frames of StickAction, which the shipped networks were trained on.
SIDE = 64
_STEP = 20


class Prepared(NamedTuple):
    """Video that the networks can take.

    Args:
        path (str): The file.
        num_frames (int): Its frames.
        notes (list[str]): Changes, as sentences for the user.
    """

    path: str
    num_frames: int
    notes: List[str]


def check_upload(path: str) -> None:
    """Refuse files that are not videos, before they are decoded.

    Args:
        path (str): The file.

    Raises:
        ValueError: If the ending, the size or the file is not allowed.
    """
    name = os.path.basename(path)
    if not os.path.isfile(path):
        raise ValueError(f'{name}: the upload is missing; upload the video again.')
    if not name.lower().endswith(VIDEOS):
        raise ValueError(
            f'{name} is not a video by its ending; upload one of {", ".join(VIDEOS)}.'
        )
    size = os.path.getsize(path)
    if not 0 < size <= MAX_BYTES:
        raise ValueError(
            f'{name} has {size / 1e6:.1f} MB; a video must have more than 0 and at '
            f'most {MAX_BYTES / 1e6:.0f} MB. Cut a shorter part of it.'
        )


def fit_square(image: np.ndarray, side: int = SIDE) -> np.ndarray:
    """Scale the central square of a frame.

    Args:
        image (np.ndarray): The frame.
        side (int): Wanted side.

    Shape:
        - image: (H, W, 3), uint8.
        - returns: (side, side, 3), uint8.
    """
    height, width = image.shape[:2]
    least = min(height, width)
    top, left = (height - least) // 2, (width - least) // 2
    square = image[top : top + least, left : left + least]
    return cv2.resize(square, (side, side), interpolation=cv2.INTER_AREA)


def prepare_video(path: str, folder: Path) -> Iterator[Union[Step, Prepared]]:
    """Read a video and write a copy that the networks can take.

    A video of the right size and length is used as it is.

    Args:
        path (str): Uploaded file.
        folder (Path): Folder of the copy.

    Yields:
        Step: Progress; closing the iterator stops the work.
        Prepared: The last item.

    Raises:
        ValueError: If the video cannot be read; the message names the file without
            its folder.
    """
    check_upload(path)
    name, copy = os.path.basename(path), folder / 'input.mp4'
    try:
        with closing(VideoSource(path)) as source:
            count, size = 0, (0, 0)
            with VideoFile(str(copy), max(1, round(source.fps))) as out:
                for count, _, image in source:
                    if count > MAX_FRAMES:
                        break
                    size = image.shape[1], image.shape[0]
                    out.write(fit_square(image))
                    if count % _STEP == 0:
                        share = count / min(source.count or MAX_FRAMES, MAX_FRAMES)
                        yield Step(f'Reading {name}', min(share, 1.0))
    except (OSError, ValueError) as error:
        text = str(error).replace(path, name).rstrip('.')
        raise ValueError(f'The video cannot be used: {text}.') from error
    if count < MIN_FRAMES:
        raise ValueError(
            f'{name} has {count} frame(s); a video needs at least {MIN_FRAMES}.'
        )
    notes = _notes(count, size)
    whole = count <= MAX_FRAMES and size == (SIDE, SIDE)
    yield Prepared(path if whole else str(copy), min(count, MAX_FRAMES), notes)


def _notes(count: int, size: Tuple[int, int]) -> List[str]:
    """Changes that a copy has."""
    notes = []
    if count > MAX_FRAMES:
        notes.append(f'Only the first {MAX_FRAMES} frames are used.')
    if size != (SIDE, SIDE):
        notes.append(
            f'The central square of {size[0]} x {size[1]} pixels is scaled to {SIDE} x '
            f'{SIDE}, the size of the training videos.'
        )
    return notes
