"""Strips and movies of clips of videos: the options, and the way from a video
to a file."""

import argparse
import os.path as osp
from contextlib import ExitStack
from typing import Any, Callable, List, NamedTuple, Optional, Sequence

import numpy as np
from mmengine.config import Config
from mmengine.utils import ProgressBar
from torch import nn

from ..video.files import VideoFile, write_picture
from ..video.text import caption, evenly, one_below_the_other, side_by_side, text_size
from .loading import class_names_of, load_config, load_recognizer

ENDINGS = ('.png', '.mp4')


class Row(NamedTuple):
    """Drawn frames of a clip.

    Args:
        text (str): What stands above; parts are split by ``'  |  '``.
        frames (np.ndarray): (T, H, W, 3), uint8, RGB.
        legend (np.ndarray, optional): (H, W', 3), what stands beside.
    """

    text: str
    frames: np.ndarray
    legend: Optional[np.ndarray] = None


class Source(NamedTuple):
    """How a tool comes to its pictures.

    Args:
        clips_to_cover (Callable): (model, config, video) -> clips after which
            the whole video has been seen.
        infer (Callable): (model, config, video, clip, num_clips) -> result
            with ``scores``.
        draw (Callable): (result, title, args) -> list of `Row`.
    """

    clips_to_cover: Callable[[nn.Module, Config, str], int]
    infer: Callable[..., Any]
    draw: Callable[[Any, str, argparse.Namespace], List[Row]]


def add_clip_options(
    parser: argparse.ArgumentParser, out: str, more_frames: str
) -> None:
    """Add the options that tools for clips share.

    Args:
        parser (argparse.ArgumentParser): Changed.
        out (str): Default of ``--out``.
        more_frames (str): What else is to be said about ``--frames``.
    """
    add = parser.add_argument
    add(
        '--out',
        nargs='+',
        default=[out],
        help=f'a .png, an .mp4 or both (default: {out})',
    )
    add(
        '--clips',
        type=int,
        help='clips spread over the video (default: 1 for a .png, as many as '
        'cover the video for an .mp4)',
    )
    add(
        '--frames',
        type=int,
        default=8,
        help='frames of a strip at most (default: %(default)s); ' + more_frames,
    )
    add('--classes', help='file with a class name per line')
    add(
        '--height',
        type=int,
        default=256,
        help='height of the drawn frames (default: %(default)s)',
    )
    add(
        '--fps',
        type=int,
        default=4,
        help='frames per second of the .mp4 (default: %(default)s)',
    )
    add('--device', default='cpu', help='default: %(default)s')


def check_clip_options(
    parser: argparse.ArgumentParser,
    args: argparse.Namespace,
    positive: Sequence[str] = (),
) -> None:
    """Refuse unusable options; adds ``picture`` and ``movie``, the two files
    of ``--out``.

    Args:
        parser (argparse.ArgumentParser): For the end with a message.
        args (argparse.Namespace): Changed.
        positive (Sequence[str]): Other options that must be at least 1.
    """
    for name in (*positive, 'clips', 'frames', 'fps'):
        value = getattr(args, name)
        if value is not None and value < 1:
            parser.error(f'--{name.replace("_", "-")} {value} must be at least 1')
    if not 64 <= args.height <= 2048:
        parser.error(f'--height {args.height} must be from 64 to 2048')
    kinds = [osp.splitext(path)[1].lower() for path in args.out]
    if len(set(kinds)) < len(kinds) or set(kinds) - set(ENDINGS):
        parser.error(
            f'--out {" ".join(args.out)} must be one .png, one .mp4 or one of each'
        )
    args.picture, args.movie = (
        dict(zip(kinds, args.out)).get(ending) for ending in ENDINGS
    )


def strip_rows(rows: Sequence[Row], args: argparse.Namespace) -> List[np.ndarray]:
    """One captioned strip for each row."""
    strips = []
    for row in rows:
        parts = list(row.frames[evenly(len(row.frames), args.frames)])
        strip = side_by_side(parts + [row.legend] * (row.legend is not None))
        bar = caption(row.text, strip.shape[1], text_size(args.height))
        strips.append(np.vstack([bar, strip]))
    return strips


def movie_frames(rows: Sequence[Row], args: argparse.Namespace) -> List[np.ndarray]:
    """Captioned frames with the rows beside each other."""
    frames = []
    for t in range(len(rows[0].frames)):
        parts = []
        for row in rows:
            part = row.frames[t]
            if row.legend is not None:
                part = side_by_side([part, row.legend])
            lines = [
                caption(line, part.shape[1], text_size(args.height))
                for line in row.text.split('  |  ')
            ]
            parts.append(np.vstack(lines + [part]))
        height = max(len(part) for part in parts)
        frames.append(
            side_by_side(
                [
                    np.pad(
                        part,
                        ((0, height - len(part)), (0, 0), (0, 0)),
                        constant_values=255,
                    )
                    for part in parts
                ]
            )
        )
    return frames


def _draw_video(
    model: nn.Module,
    config: Config,
    video: str,
    source: Source,
    args: argparse.Namespace,
    movie: Optional[VideoFile],
) -> List[np.ndarray]:
    """Draw the clips of one video and say what was recognised.

    Returns:
        list[np.ndarray]: Its strips.
    """
    count = args.clips or 1
    if movie and not args.clips:
        count = source.clips_to_cover(model, config, video)
    wanted = range(count) if args.clips else [count // 2]
    name, strips, scores, names = osp.basename(video), [], [], None
    progress = ProgressBar(count) if count > 1 else None
    for clip in range(count):
        result = source.infer(model, config, video, clip, count)
        scores.append(result.scores)
        names = names or class_names_of(config, len(result.scores), args.classes)
        best = int(result.scores.argmax())
        label = f'{names[best]} {100 * result.scores[best]:.1f} %'
        rows = source.draw(result, f'{name}: {label}', args)
        if args.picture and clip in wanted:
            strips += strip_rows(rows, args)
        for frame in movie_frames(rows, args) if movie else []:
            movie.write(frame)
        if progress:
            progress.update()
    if progress:
        print()
    mean = np.mean(scores, 0)
    best = int(mean.argmax())
    print(
        f'{name}: {names[best]} {100 * mean[best]:.1f} %, mean of {count} '
        f'clip(s) -> {", ".join(args.out)}'
    )
    return strips


def draw_videos(
    videos: Sequence[str], source: Source, args: argparse.Namespace
) -> None:
    """Run a model on the clips of videos and write the pictures.

    Args:
        videos (Sequence[str]): Paths; their strips stand below each other,
            in a movie they follow each other.
        source (Source): What is drawn.
        args (argparse.Namespace): Options of `add_clip_options`, ``config``
            and ``checkpoint``.
    """
    config = load_config(args.config)
    model = load_recognizer(config, args.checkpoint, args.device)
    model.cls_head.average_clips = 'prob'
    strips: List[np.ndarray] = []
    with ExitStack() as stack:
        movie = (
            stack.enter_context(VideoFile(args.movie, args.fps)) if args.movie else None
        )
        for video in videos:
            strips += _draw_video(model, config, video, source, args, movie)
    if args.picture:
        write_picture(args.picture, one_below_the_other(strips))
