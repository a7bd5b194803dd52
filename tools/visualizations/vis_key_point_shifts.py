"""Draw the key points of a video and where they go (Fig. 10 of KPSEM).

Usage::

    python tools/visualizations/vis_key_point_shifts.py VIDEO CONFIG CHECKPOINT
        [--out FILE.png FILE.mp4] [--channels 3 17] [--sets 0 1] [--clips 3]

A strip (``.png``) shows one clip of the video, or with ``--clips`` as many
rows; an ``.mp4`` shows successive clips that cover the whole video. Drawn are
the separation lines of a set, a cross for the key point of each region and
channel (one colour per region) and an arrow to where it goes, at their places
in the original frame. What the network does not see of the frame is darkened.
"""
import mmvkp  # noqa: F401, isort: skip
import argparse
import os.path as osp
import sys
from contextlib import ExitStack
from typing import List, Optional, Sequence, Tuple

import numpy as np
from mmengine.utils import ProgressBar
from vis_files import VideoFile, run_tool, write_picture

from mmvkp.apis import (KeyPointResult, class_names_of, clips_to_cover,
                        infer_key_points, load_config, load_recognizer)
from mmvkp.visualization.key_point_shifts import (draw_key_point_shifts,
                                                  strongest_channels)
from mmvkp.visualization.text import (caption, evenly, one_below_the_other,
                                      put_text, side_by_side)

ENDINGS = ('.png', '.mp4')
Rows = List[Tuple[str, np.ndarray]]


def make_parser() -> argparse.ArgumentParser:
    """The options and their texts."""
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    add = parser.add_argument
    add('video',
        help='video file (a folder of frames, if the config reads '
        'these)')
    add('config', help='config of a recognizer with KPSEM')
    add('checkpoint', help='its checkpoint')
    add('--out',
        nargs='+',
        default=['key_point_shifts.png'],
        help='a .png, an .mp4 or both (default: key_point_shifts.png)')
    add('--channels',
        type=int,
        nargs='+',
        help='channels to draw, from 0; without it those with the longest '
        'weighted shifts of each clip')
    add('--num-channels',
        type=int,
        default=1,
        help='how many, without --channels (default: %(default)s)')
    add('--sets',
        type=int,
        nargs='+',
        default=[0],
        help='sets of regions to draw, from 0 (default: 0)')
    add('--clips',
        type=int,
        help='clips spread over the video (default: 1 for a .png, as many as '
        'cover the video for an .mp4)')
    add('--frames',
        type=int,
        default=8,
        help='frames of a strip at most (default: %(default)s); arrows point '
        'into the next frame of the map, shown or not')
    add('--classes', help='file with a class name per line')
    add('--height',
        type=int,
        default=256,
        help='height of the drawn frames (default: %(default)s)')
    add('--fps',
        type=int,
        default=4,
        help='frames per second of the .mp4 (default: %(default)s)')
    add('--device', default='cpu', help='default: %(default)s')
    return parser


def parse_args(argv: Optional[Sequence[str]] = None) -> argparse.Namespace:
    """Read the command line."""
    parser = make_parser()
    args = parser.parse_args(argv)
    for name in ('num_channels', 'clips', 'frames', 'fps'):
        value = getattr(args, name)
        if value is not None and value < 1:
            parser.error(f'--{name.replace("_", "-")} {value} must be at '
                         'least 1')
    if not 64 <= args.height <= 2048:
        parser.error(f'--height {args.height} must be from 64 to 2048')
    kinds = [osp.splitext(path)[1].lower() for path in args.out]
    if len(set(kinds)) < len(kinds) or set(kinds) - set(ENDINGS):
        parser.error(f'--out {" ".join(args.out)} must be one .png, one .mp4 '
                     'or one of each')
    args.picture, args.movie = (
        dict(zip(kinds, args.out)).get(ending) for ending in ENDINGS)
    return args


def check_range(name: str, values: Sequence[int], size: int) -> None:
    """Refuse numbers of channels or sets that the model does not have."""
    for value in values:
        if not 0 <= value < size:
            raise ValueError(
                f'{name} {value} is outside [0, {size - 1}] of this model.')


def draw_clip(result: KeyPointResult, label: str,
              args: argparse.Namespace) -> Rows:
    """Draw a clip once for each set.

    Returns:
        list[tuple[str, np.ndarray]]: Caption and frames of each set.
    """
    shifts, rows = result.shifts, []
    check_range('--sets', args.sets, shifts.points.shape[3])
    check_range('--channels', args.channels or [], shifts.points.shape[1])
    for index in args.sets:
        weighted = shifts.weighted[0, :, :, index].numpy()
        channels = args.channels or strongest_channels(weighted,
                                                       args.num_channels)
        drawn = draw_key_point_shifts(
            result.frames,
            shifts.points[0, :, :, index].numpy(),
            shifts.shifts[0, :, :, index].numpy(),
            shifts.lines[0, :, index].numpy(),
            result.map_size,
            channels,
            height=args.height,
            box=result.box)
        numbers = result.numbers[::len(result.numbers) // len(drawn)]
        for frame, number in zip(drawn, numbers):
            put_text(frame, str(number), (4, 4), text_height(args),
                     (255, ) * 3, True)
        names = ', '.join(str(int(channel)) for channel in channels)
        rows.append((f'{label}  |  set {index}, '
                     f'channel{"s" * (len(channels) > 1)} {names}', drawn))
    return rows


def text_height(args: argparse.Namespace) -> int:
    """Height of capitals that goes with the height of the frames."""
    return max(9, args.height // 22)


def strip_rows(rows: Rows, args: argparse.Namespace) -> List[np.ndarray]:
    """One captioned row of frames for each set."""
    strips = []
    for text, drawn in rows:
        row = side_by_side(drawn[evenly(len(drawn), args.frames)])
        bar = caption(text, row.shape[1], text_height(args))
        strips.append(np.vstack([bar, row]))
    return strips


def movie_frames(rows: Rows, args: argparse.Namespace) -> List[np.ndarray]:
    """Captioned frames with the sets beside each other."""
    frames = []
    for t in range(len(rows[0][1])):
        parts = []
        for text, drawn in rows:
            lines = [
                caption(line, drawn.shape[2], text_height(args))
                for line in text.split('  |  ')
            ]
            parts.append(np.vstack(lines + [drawn[t]]))
        frames.append(side_by_side(parts))
    return frames


def main(args: argparse.Namespace) -> None:
    """Run the model on the clips of a video and write the pictures."""
    config = load_config(args.config)
    model = load_recognizer(config, args.checkpoint, args.device)
    model.cls_head.average_clips = 'prob'
    count = args.clips or 1
    if args.movie and not args.clips:
        count = clips_to_cover(model, config, args.video)
    wanted = range(count) if args.clips else [count // 2]
    name, strips, scores, names = osp.basename(args.video), [], [], None
    progress = ProgressBar(count) if count > 1 else None
    with ExitStack() as stack:
        movie = stack.enter_context(VideoFile(
            args.movie, args.fps)) if args.movie else None
        for clip in range(count):
            result = infer_key_points(model, config, args.video, clip, count)
            scores.append(result.scores)
            names = names or class_names_of(config, len(result.scores),
                                            args.classes)
            best = int(result.scores.argmax())
            label = f'{names[best]} {100 * result.scores[best]:.1f} %'
            rows = draw_clip(result, f'{name}: {label}', args)
            if args.picture and clip in wanted:
                strips += strip_rows(rows, args)
            for frame in movie_frames(rows, args) if movie else []:
                movie.write(frame)
            if progress:
                progress.update()
    if progress:
        print()
    if args.picture:
        write_picture(args.picture, one_below_the_other(strips))
    mean = np.mean(scores, 0)
    best = int(mean.argmax())
    print(f'{name}: {names[best]} {100 * mean[best]:.1f} %, mean of {count} '
          f'clip(s) -> {", ".join(args.out)}')


if __name__ == '__main__':
    options = parse_args()
    sys.exit(run_tool('vis_key_point_shifts.py', lambda: main(options)))
