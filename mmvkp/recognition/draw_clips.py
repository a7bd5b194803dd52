"""Strips and movies of the attention of a model in clips of videos."""

import os.path as osp
from contextlib import ExitStack
from functools import partial, wraps
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Sequence, Tuple

import click
import numpy as np
from mmengine.config import Config

from .. import methods
from ..console import say, track
from ..video.files import VideoFile, write_picture
from ..video.text import caption, evenly, side_by_side, stack_rows, text_size
from .inspection import Drawing, Inspector, Row
from .loading import class_names_of, load_config, load_recognizer

ENDINGS = ('.png', '.mp4')


class ClipOptions(NamedTuple):
    """Options of the commands that draw clips; see `clip_options`."""

    out: Tuple[str, ...]
    clips: Optional[int] = None
    frames: int = 8
    classes: Optional[str] = None
    height: int = 256
    fps: int = 4
    device: str = 'cpu'

    def path(self, ending: str) -> Optional[str]:
        """Output with this ending; None if it is not wanted."""
        return next((each for each in self.out if each.lower().endswith(ending)), None)


def _check_out(ctx: click.Context, param: click.Parameter, value: Tuple) -> Tuple:
    """Refuse outputs other than one .png, one .mp4 or one of each."""
    kinds = [osp.splitext(path)[1].lower() for path in value]
    if len(set(kinds)) < len(kinds) or set(kinds) - set(ENDINGS):
        raise click.BadParameter(
            f'{" ".join(value)} must be one .png, one .mp4 or one of each'
        )
    return value


_SIZE = click.IntRange(min=1)
_OPTIONS = [
    click.option(
        '--clips',
        type=_SIZE,
        help='Clips, spread over the video. Default: 1 for a .png; for an .mp4 '
        'the number that covers the video.',
    ),
    click.option('--classes', help='File with one class name per line.'),
    click.option(
        '--height',
        type=click.IntRange(64, 2048),
        default=256,
        show_default=True,
        help='Height of the drawn frames in pixels.',
    ),
    click.option(
        '--fps',
        type=_SIZE,
        default=4,
        show_default=True,
        help='Frames per second of the .mp4.',
    ),
    click.option('--device', default='cpu', show_default=True),
]


def clip_options(out: str, frames: int = 8) -> Callable[[Callable], Callable]:
    """Add the options of commands that draw clips.

    The function gets them as one argument `options`, a `ClipOptions`.

    Args:
        out (str): Default of `--out`.
        frames (int): Default of `--frames`.

    Returns:
        Callable: Decorator for the function of a command.
    """
    added = [
        click.option(
            '--out',
            multiple=True,
            default=[out],
            callback=_check_out,
            metavar='FILE',
            show_default=True,
            help='A .png or an .mp4; give the option twice for both.',
        ),
        click.option(
            '--frames',
            type=_SIZE,
            default=frames,
            show_default=True,
            help='Maximum number of frames of a strip.',
        ),
        *_OPTIONS,
    ]

    def decorate(function: Callable) -> Callable:
        @wraps(function)
        def run(**kwargs: Any) -> Any:
            options = ClipOptions(
                **{key: kwargs.pop(key) for key in ClipOptions._fields}
            )
            return function(options=options, **kwargs)

        wrapped: Callable = run
        for each in reversed(added):
            wrapped = each(wrapped)
        return wrapped

    return decorate


def strip_rows(rows: Sequence[Row], options: ClipOptions) -> List[np.ndarray]:
    """Strips with captions, one per row.

    Returns:
        list[np.ndarray]: (H, W, 3) each, uint8, RGB.
    """
    strips = []
    for row in rows:
        parts = list(row.frames[evenly(len(row.frames), options.frames)])
        strip = side_by_side(parts + [row.legend] * (row.legend is not None))
        bar = caption(row.text, strip.shape[1], text_size(options.height))
        strips.append(np.vstack([bar, strip]))
    return strips


def movie_frames(rows: Sequence[Row], options: ClipOptions) -> List[np.ndarray]:
    """Frames with captions, the rows side by side.

    Returns:
        list[np.ndarray]: (H, W, 3) each, uint8, RGB.
    """
    frames = []
    for t in range(len(rows[0].frames)):
        parts = []
        for row in rows:
            part = row.frames[t]
            if row.legend is not None:
                part = side_by_side([part, row.legend])
            lines = [
                caption(line, part.shape[1], text_size(options.height))
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
    inspector: Inspector,
    draw: Drawing,
    names_of: Callable[[int], List[str]],
    video: str,
    options: ClipOptions,
    movie: Optional[VideoFile],
) -> List[np.ndarray]:
    """Draw the clips of one video and print the recognized class.

    Returns:
        list[np.ndarray]: Its strips, (H, W, 3) each.
    """
    count = options.clips or 1
    if movie and not options.clips:
        count = inspector.clips_to_cover(video)
    wanted = range(count) if options.clips else [count // 2]
    name, strips, scores = osp.basename(video), [], []
    for clip in track(range(count), name):
        result = inspector(video, clip, count)
        scores.append(result.scores)
        title = f'{name}: {best_class(result.scores, names_of)}'
        rows = draw(result, title, options.height)
        if options.path('.png') and clip in wanted:
            strips += strip_rows(rows, options)
        if movie:
            for frame in movie_frames(rows, options):
                movie.write(frame)
    mean = best_class(np.mean(scores, 0), names_of)
    say(f'{name}: {mean}, mean of {count} clip(s) -> {", ".join(options.out)}')
    return strips


def best_class(scores: np.ndarray, names_of: Callable[[int], List[str]]) -> str:
    """Name and probability of the most likely class.

    Args:
        scores (np.ndarray): Probabilities.
        names_of (Callable): Returns the names for a number of classes.

    Shape:
        - scores: (num_classes,).
    """
    best = int(scores.argmax())
    return f'{names_of(len(scores))[best]} {100 * scores[best]:.1f} %'


def method_of(config: Config) -> methods.Method:
    """First method of a config.

    Raises:
        ValueError: If the config uses no method.
    """
    found = methods.methods_of(config)
    if not found:
        raise ValueError(
            f'the config uses none of {", ".join(methods.METHODS)}; draw attention '
            'needs one of them.'
        )
    return found[0]


def draw_videos(
    videos: Sequence[str],
    config: str,
    checkpoint: str,
    options: ClipOptions,
    method: Optional[methods.Method] = None,
    **drawing: Any,
) -> None:
    """Run a recognizer on the clips of videos and write the pictures.

    Args:
        videos (Sequence[str]): Paths; their strips are stacked, in a movie they
            follow each other.
        config (str): Config of the model.
        checkpoint (str): Its checkpoint.
        options (ClipOptions): Outputs and sizes.
        method (Method, optional): Entry of `mmvkp.methods`; by default the
            entry of the config.
        **drawing: Options of the method's drawing function.
    """
    cfg = load_config(config)
    method = method or method_of(cfg)
    model = load_recognizer(cfg, checkpoint, options.device)
    if model.cls_head is not None:
        model.cls_head.average_clips = 'prob'
    inspector = methods.resolve(method.inspector)(model, cfg)
    draw = partial(methods.resolve(method.drawing), **drawing)
    names: Dict[int, List[str]] = {}

    def names_of(count: int) -> List[str]:
        if count not in names:
            names[count] = class_names_of(cfg, count, options.classes, model)
        return names[count]

    strips: List[np.ndarray] = []
    with ExitStack() as stack:
        path, movie = options.path('.mp4'), None
        if path:
            movie = stack.enter_context(VideoFile(path, options.fps))
        for video in videos:
            strips += _draw_video(inspector, draw, names_of, video, options, movie)
    picture = options.path('.png')
    if picture:
        write_picture(picture, stack_rows(strips))
