"""Commands of AK-Net."""

from typing import Any, Tuple

import click

from ..console import command
from ..methods import METHODS
from ..recognition.draw_clips import ClipOptions, clip_options, draw_videos
from .benchmark import Setup, measure, print_table
from .transform import TRANSFORMS_OF_POINTS


@command(
    'Videos, a config on AKNet and its checkpoint.',
    'A strip (.png) of one clip of each video, or a movie (.mp4) of clips that cover '
    'the videos, one video after the other.',
    'mmvkp draw action-keypoints a.mp4 b.mp4 my_config.py epoch_50.pth --what both',
)
@click.argument('videos', nargs=-1, required=True)
@click.argument('config')
@click.argument('checkpoint')
@clip_options('action_keypoints.png')
@click.option(
    '--what',
    type=click.Choice(['points', 'heatmap', 'both']),
    default='points',
    show_default=True,
    help='Points, the scores of all cells, or both.',
)
def draw_action_keypoints(
    videos: Tuple[str, ...],
    config: str,
    checkpoint: str,
    options: ClipOptions,
    what: str,
) -> None:
    """Draw the points of videos that an AK-Net selects (Fig. 6 of the paper).

    Each selected cell is marked in the original frame, in the color of its score.
    The number of points is given below each frame. The part of the frame that the
    network does not see is darkened.
    """
    draw_videos(list(videos), config, checkpoint, options, METHODS['AKNet'], what=what)


_POSITIVE = click.IntRange(min=1)


@command(
    'Nothing: the networks have random weights and random input.',
    'A table on the standard output.',
    'mmvkp benchmark aknet --threads 1 --stage 2 --repeats 5',
)
@click.option(
    '--host',
    type=click.Choice(['ResNetTSM', 'ResNetTDN', 'VisionTransformer']),
    default='ResNetTSM',
    show_default=True,
    help='Host of AKNet, or VideoMAE-B of AKViT.',
)
@click.option('--depth', type=int, help='Default: 50, or 12 blocks of a transformer.')
@click.option(
    '--stage',
    'stages',
    type=int,
    multiple=True,
    help='Split to measure: 2 is after res4, 1 after res3, 0 after res2, or the block '
    'of a transformer; may be repeated. Default: all three, or block 4.',
)
@click.option(
    '--ratio',
    type=float,
    default=0.3,
    show_default=True,
    help='Share of the cells that are selected.',
)
@click.option(
    '--transform',
    type=click.Choice(TRANSFORMS_OF_POINTS),
    default='light',
    show_default=True,
)
@click.option(
    '--segments',
    type=_POSITIVE,
    help='Frames of a clip, or segments of a TDN. Default: 8, or 16 for a transformer.',
)
@click.option('--size', type=_POSITIVE, default=224, show_default=True)
@click.option('--batch', type=_POSITIVE, default=1, show_default=True, help='Clips.')
@click.option('--classes', type=_POSITIVE, default=174, show_default=True)
@click.option('--repeats', type=_POSITIVE, default=10, show_default=True)
@click.option('--threads', type=_POSITIVE, help='Threads of torch.')
@click.option('--device', help='Default: cuda if available, else cpu.')
@click.option('--amp', is_flag=True, help='Half precision; no acceleration.')
@click.option('--channels-last', is_flag=True, help='Also for the plain host.')
def benchmark(stages: Tuple[int, ...], **options: Any) -> None:
    """Time AK-Nets and their host.

    All forward passes run in turns. On a CPU AK-Nets are accelerated, as in
    `predict`; their time is divided by the time of the accelerated host and by the
    time of the plain host. The last columns are the base, the stages up to the
    split, whose cost does not depend on the points.
    """
    setup = Setup(stages=stages or None, **options)
    print_table(setup, measure(setup))
