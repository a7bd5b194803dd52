"""Commands of KPSEM."""

from typing import Tuple

import click

from ..console import command
from ..methods import METHODS
from ..recognition.draw_clips import ClipOptions, clip_options, draw_videos


@command(
    'A video, a config with KPSEM and its checkpoint.',
    'A strip (.png) of one clip, or a movie (.mp4) of clips that cover the video.',
    'mmvkp draw key-points video.mp4 my_config.py epoch_40.pth --out shifts.png',
)
@click.argument('video')
@click.argument('config')
@click.argument('checkpoint')
@clip_options('key_point_shifts.png')
@click.option(
    '--channel',
    'channels',
    type=int,
    multiple=True,
    help='Channel to draw, from 0; may be repeated. Default: the channels with the '
    'longest weighted shifts of each clip.',
)
@click.option(
    '--num-channels',
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help='Number of channels without --channel.',
)
@click.option(
    '--set',
    'sets',
    type=int,
    multiple=True,
    default=[0],
    show_default=True,
    help='Set of regions to draw, from 0; may be repeated.',
)
def draw_key_points(
    video: str,
    config: str,
    checkpoint: str,
    options: ClipOptions,
    channels: Tuple[int, ...],
    num_channels: int,
    sets: Tuple[int, ...],
) -> None:
    """Draw the key points of a video and their shifts (Fig. 10 of the paper).

    Each frame shows the separation lines of a set, a cross for the key point of
    each region and channel (one color per region) and an arrow to its position in
    the next frame of the map. The part outside the network's view is darkened.
    """
    draw_videos(
        [video],
        config,
        checkpoint,
        options,
        METHODS['KPSEM'],
        channels=channels,
        num_channels=num_channels,
        sets=sets,
    )
