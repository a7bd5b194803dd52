"""Pictures and movies of the tubes of a video."""

from collections import deque
from contextlib import nullcontext
from pathlib import Path
from typing import ContextManager, List, Optional, Sequence, Union

import numpy as np

from ..console import track
from ..video.files import VideoFile, write_picture
from ..video.source import IMAGES, FolderSource, VideoSource
from ..video.text import evenly, side_by_side
from .average_precision import match_tubes
from .draw import DrawnTube, draw_tubes
from .draw_space_time import draw_space_time

# Frames per second of the movie of a folder of frames.
_FOLDER_FPS = 12.0


def _open(path: Path) -> Union[VideoSource, FolderSource]:
    """Open a video file or a folder of frames."""
    if path.is_dir():
        return FolderSource(str(path), _FOLDER_FPS)
    return VideoSource(str(path))


def draw_video(
    path: Path,
    tubes: Sequence[DrawnTube],
    labels: Sequence[str],
    out: Path,
    height: Optional[int] = None,
    num_frames: int = 8,
    fps: Optional[int] = None,
) -> str:
    """Draw tubes onto their video.

    Args:
        path (Path): Video file or folder of frames.
        tubes (Sequence[DrawnTube]): Tubes of the video.
        labels (Sequence[str]): Class names.
        out (Path): A picture with a strip of frames, or an `.mp4` with all.
        height (int, optional): Height of the drawn frames; None: the height of
            the video, at least 256.
        num_frames (int): Frames of a strip, evenly spread.
        fps (int, optional): Frames per second of the movie; None: the rate of the
            video.

    Returns:
        str: Summary for the user.

    Raises:
        OSError: If the video does not exist.
        ValueError: If the video cannot be read, or `out` has another ending.
    """
    strip = out.suffix.lower() in IMAGES
    if not strip and out.suffix.lower() != '.mp4':
        raise ValueError(
            f'--out {out} must end in .mp4, or for a strip of frames in one of '
            f'{", ".join(IMAGES)}.'
        )
    source = _open(path)
    count = source.count or 0
    chosen = set(evenly(count, num_frames) + 1)
    pictures: List[np.ndarray] = []
    movie: ContextManager[Optional[VideoFile]] = nullcontext()
    if not strip:
        movie = VideoFile(str(out), fps or max(1, round(source.fps)))
    number = 0
    with movie as file:
        for number, _, image in track(source, path.name, count):
            if strip and number not in chosen:
                continue
            drawn = draw_tubes(
                image, number, tubes, labels, height or max(256, len(image))
            )
            if file is None:
                pictures.append(drawn)
            else:
                file.write(drawn)
    if strip:
        write_picture(str(out), side_by_side(pictures))
    last = max((int(tube.frames.max()) for tube in tubes), default=0)
    note = ''
    if last > number:
        note = f'; note: the tubes go to frame {last}, the video ends at {number}'
    return f'{len(tubes)} tubes on {number} frames -> {out}{note}'


def _rows(tubes: Sequence[DrawnTube], label: int) -> List[np.ndarray]:
    """Tubes of a class as rows `frame, x1, y1, x2, y2`."""
    return [
        np.column_stack([tube.frames, tube.boxes])
        for tube in tubes
        if tube.label == label
    ]


def correct_tubes(
    truths: Sequence[DrawnTube], found: Sequence[DrawnTube]
) -> List[bool]:
    """Mark the tubes that the video-mAP at 0.5 counts as correct.

    Args:
        truths (Sequence[DrawnTube]): Annotated tubes.
        found (Sequence[DrawnTube]): Detected tubes.

    Returns:
        list[bool]: One for each detected tube.
    """
    correct = np.zeros(len(found), bool)
    for label in {tube.label for tube in found}:
        places = [i for i, tube in enumerate(found) if tube.label == label]
        correct[places] = match_tubes(
            _rows(found, label),
            [found[i].score or 0.0 for i in places],
            _rows(truths, label),
            [0.5],
        )[0]
    return correct.tolist()


def draw_video_space_time(
    path: Path,
    truths: Optional[Sequence[DrawnTube]],
    found: Sequence[DrawnTube],
    labels: Sequence[str],
    out: Path,
    title: str,
) -> str:
    """Draw tubes in the volume of their video, between its first and last frame.

    With ground truth, detected tubes are marked as correct or wrong.

    Args:
        path (Path): Video file or folder of frames.
        truths (Sequence[DrawnTube], optional): Annotated tubes; None if unknown.
        found (Sequence[DrawnTube]): Detected tubes.
        labels (Sequence[str]): Class names.
        out (Path): The picture.
        title (str): Title of the plot.

    Returns:
        str: Summary for the user.

    Raises:
        OSError: If the video does not exist.
        ValueError: If the video cannot be read, or `out` has another ending.
    """
    if out.suffix.lower() not in IMAGES:
        raise ValueError(
            f'--out {out} must end in one of {", ".join(IMAGES)} for --plot space-time.'
        )
    frames = iter(_open(path))
    first = next(frames)
    last = (deque(frames, maxlen=1) or [first])[0]
    correct = None if truths is None else correct_tubes(truths, found)
    truths = truths or []
    drawn = draw_space_time(
        (first.image.shape[1], first.image.shape[0]),
        last.number,
        labels,
        truths,
        found,
        correct,
        {1: first.image, last.number: last.image},
        title,
    )
    write_picture(str(out), drawn)
    return (
        f'{len(truths)} true and {len(found)} found tubes on {last.number} frames -> '
        f'{out}'
    )
