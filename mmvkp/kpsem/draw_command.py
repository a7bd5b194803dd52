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

import argparse
import sys
from typing import List, Optional, Sequence

from ..recognition.draw_clips import (
    Row,
    Source,
    add_clip_options,
    check_clip_options,
    draw_videos,
)
from ..video.files import run_tool
from ..video.text import put_text, text_size
from .draw import draw_key_point_shifts, strongest_channels
from .inspect import KeyPointResult, clips_to_cover, infer_key_points


def parse_args(argv: Optional[Sequence[str]] = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    add = parser.add_argument
    add('video', help='video file (a folder of frames, if the config reads these)')
    add('config', help='config of a recognizer with KPSEM')
    add('checkpoint', help='its checkpoint')
    add_clip_options(
        parser,
        'key_point_shifts.png',
        'arrows point into the next frame of the map, shown or not',
    )
    add(
        '--channels',
        type=int,
        nargs='+',
        help='channels to draw, from 0; without it those with the longest '
        'weighted shifts of each clip',
    )
    add(
        '--num-channels',
        type=int,
        default=1,
        help='how many, without --channels (default: %(default)s)',
    )
    add(
        '--sets',
        type=int,
        nargs='+',
        default=[0],
        help='sets of regions to draw, from 0 (default: 0)',
    )
    args = parser.parse_args(argv)
    check_clip_options(parser, args, ['num_channels'])
    return args


def check_range(name: str, values: Sequence[int], size: int) -> None:
    """Refuse numbers of channels or sets that the model does not have."""
    for value in values:
        if not 0 <= value < size:
            raise ValueError(
                f'{name} {value} is outside [0, {size - 1}] of this model.'
            )


def draw_clip(
    result: KeyPointResult, label: str, args: argparse.Namespace
) -> List[Row]:
    """Draw a clip once for each set.

    Returns:
        list[Row]: Caption and frames of each set.
    """
    shifts, rows = result.shifts, []
    check_range('--sets', args.sets, shifts.points.shape[3])
    check_range('--channels', args.channels or [], shifts.points.shape[1])
    for index in args.sets:
        weighted = shifts.weighted[0, :, :, index].numpy()
        channels = args.channels or strongest_channels(weighted, args.num_channels)
        drawn = draw_key_point_shifts(
            result.frames,
            shifts.points[0, :, :, index].numpy(),
            shifts.shifts[0, :, :, index].numpy(),
            shifts.lines[0, :, index].numpy(),
            result.map_size,
            channels,
            height=args.height,
            box=result.box,
        )
        numbers = result.numbers[:: len(result.numbers) // len(drawn)]
        for frame, number in zip(drawn, numbers):
            put_text(
                frame, str(number), (4, 4), text_size(args.height), (255,) * 3, True
            )
        names = ', '.join(str(int(channel)) for channel in channels)
        rows.append(
            Row(
                f'{label}  |  set {index}, channel{"s" * (len(channels) > 1)} {names}',
                drawn,
            )
        )
    return rows


def main(args: argparse.Namespace) -> None:
    """Run the model on the clips of a video and write the pictures."""
    draw_videos([args.video], Source(clips_to_cover, infer_key_points, draw_clip), args)


if __name__ == '__main__':
    options = parse_args()
    sys.exit(run_tool('vis_key_point_shifts.py', lambda: main(options)))
