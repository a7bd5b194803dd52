"""Pictures and movies of the tubes of a video."""

import logging
from contextlib import closing
from pathlib import Path
from typing import Callable, Dict, List, Optional, Sequence, Tuple, Union

import numpy as np
from mmengine.logging import print_log

from ..console import track
from ..video import read_frames, video_info
from ..video.files import VideoFile, write_picture
from ..video.source import IMAGES, FolderSource, VideoSource
from ..video.text import evenly, side_by_side
from .average_precision import match_tubes
from .draw import DrawnTube, draw_tubes
from .draw_space_time import draw_space_time

# Frames per second of the movie of a folder of frames.
_FOLDER_FPS = 12.0


def _write_movie(
    path: Path,
    draw: Callable[[int, np.ndarray], np.ndarray],
    out: str,
    fps: Optional[int],
) -> int:
    """Draw all frames of a video.

    Args:
        path (Path): Video file or folder of frames.
        draw (callable): Picture for the number, from 1, and the image of a frame.
        out (str): Movie to write.
        fps (int, optional): Frames per second; None: the rate of the video.

    Returns:
        int: Number of frames.
    """
    source: Union[VideoSource, FolderSource] = (
        FolderSource(str(path), _FOLDER_FPS)
        if path.is_dir()
        else VideoSource(str(path))
    )
    number = 0
    with closing(source), VideoFile(out, fps or max(1, round(source.fps))) as movie:
        for number, _, image in track(source, path.name, source.count):
            movie.write(draw(number, image))
    return number


def _pick(
    path: Path, choose: Callable[[int], Sequence[int]]
) -> Tuple[int, Dict[int, np.ndarray]]:
    """Number of frames of a video, and some of its frames.

    Args:
        path (Path): Video file or folder of frames.
        choose (callable): Numbers of the frames, from 1, for the number of frames.

    Returns:
        tuple[int, dict[int, np.ndarray]]: The number; (H, W, 3), uint8, RGB by number.
    """
    if path.is_dir():
        source = FolderSource(str(path))
        wanted = set(choose(source.count))
        return source.count, {x.number: x.image for x in source if x.number in wanted}
    info = video_info(path)
    if not info.complete:
        print_log(info.damage, 'current', logging.WARNING)
    numbers = choose(info.num_frames)
    images = read_frames(path, np.asarray(numbers, int) - 1)
    return info.num_frames, dict(zip(numbers, images))


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

    def draw(number: int, image: np.ndarray) -> np.ndarray:
        size = height or max(256, len(image))
        return draw_tubes(image, number, tubes, labels, size)

    if strip:
        number, images = _pick(path, lambda count: [*(1 + evenly(count, num_frames))])
        write_picture(str(out), side_by_side([draw(*each) for each in images.items()]))
    else:
        number = _write_movie(path, draw, str(out), fps)
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
    number, images = _pick(path, lambda count: sorted({1, count}))
    height, width = images[1].shape[:2]
    correct = None if truths is None else correct_tubes(truths, found)
    truths = truths or []
    drawn = draw_space_time(
        (width, height), number, labels, truths, found, correct, images, title
    )
    write_picture(str(out), drawn)
    return (
        f'{len(truths)} true and {len(found)} found tubes on {number} frames -> {out}'
    )
