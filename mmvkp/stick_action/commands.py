"""Commands of StickAction."""

import os
import time
from pathlib import Path
from typing import Any, Optional

import click

from ..console import command, say
from ..tubes.annotations import load_tube_annotations
from .crossing_clips import centre_ceiling
from .generate import make_dataset
from .settings import CLASSIFICATION, CROWD, SIZES, SPLITS, make_settings
from .tube_files import GROUND_TRUTH

CEILINGS = ('order_blind_ceiling', 'actor_blind_ceiling', 'history_blind_ceiling')


@command(
    'No files.',
    'Videos or frames below OUT with their annotations, classes.txt, settings.json '
    'and manifest.json (checksums of all files).',
    'mmvkp data stick-action data/stick_action --size demo',
)
@click.argument('out', type=click.Path(path_type=Path))
@click.option(
    '--size',
    type=click.Choice(sorted(SIZES[CLASSIFICATION])),
    default='demo',
    show_default=True,
    help='Preset for the numbers below.',
)
@click.option(
    '--variant',
    type=click.Choice(list(SIZES)),
    default=CLASSIFICATION,
    show_default=True,
    help='Task and layout: crowd has several figures, trimmed is as in JHMDB, '
    'untrimmed as in UCF101-24, multi-label as in AVA; in occluded actors cross, in '
    'far and memory the class depends on an earlier motion.',
)
@click.option(
    '--train', type=int, help='Training clips, a multiple of the number of classes.'
)
@click.option('--val', type=int, help='Validation clips, likewise; videos only.')
@click.option('--test', type=int, help='Test clips, likewise.')
@click.option('--frame-size', type=int, help='Side of the square frames in pixels.')
@click.option(
    '--num-frames', type=int, help='Frames per video; upper bound for detection.'
)
@click.option(
    '--seed', type=int, default=0, show_default=True, help='Seed of all clips.'
)
@click.option(
    '--speed-pair', is_flag=True, help='Add two classes that differ in speed.'
)
@click.option(
    '--raw-frames', is_flag=True, help='Write JPEG frames as well; videos only.'
)
@click.option(
    '--figures', type=int, nargs=2, help='Crowd: fewest and most figures, up to 4.'
)
@click.option(
    '--figure-size',
    type=float,
    nargs=2,
    help='Crowd: smallest and largest height of a figure / height of the frame.',
)
@click.option(
    '--overlap', type=float, help='Crowd: largest overlap of two figures / width.'
)
@click.option(
    '--outside',
    type=float,
    help='Crowd: largest share of its width by which another figure leaves the frame.',
)
@click.option(
    '--hidden', type=float, help='Crowd: probability that others may cover the actor.'
)
@click.option('--camera', type=float, help='Crowd: factor of the camera movement.')
@click.option('--blobs', type=int, help='Crowd: number of moving distractors.')
@click.option('--noise', type=float, help='Crowd: factor of the sensor noise.')
@click.option(
    '--action-share', type=float, help='Crowd: share of the clip that an action fills.'
)
@click.option(
    '--workers',
    type=click.IntRange(1, 256),
    default=os.cpu_count() or 1,
    show_default='number of cores',
    help='Number of processes.',
)
@click.option('--overwrite', is_flag=True, help='Replace a StickAction in OUT.')
def generate(
    out: Path, size: str, variant: str, workers: int, overwrite: bool, **numbers: Any
) -> None:
    """Make StickAction, a small data set that requires frame order.

    One class of each pair is the other played backwards. For classification the
    lists fit VideoDataset, with --raw-frames also RawframeDataset. The same command
    continues an interrupted run and makes damaged files again; `mmvkp data check OUT`
    lists them.
    """
    settings, start = make_settings(size, variant, **numbers), time.time()
    if make_dataset(out, settings, workers, overwrite):
        say(f'{out}: made in {time.time() - start:.1f} s')
    else:
        say(f'{out}: already complete')
    classes = settings.get('video_classes', len(settings['classes']))
    for split in filter(settings.get, SPLITS):
        count = settings[split]
        say(f'{split}: {count} clips, {count // classes} of each of {classes} classes')
    for name in CEILINGS:
        ceiling: Optional[float] = settings.get(name)
        if ceiling is not None:
            say(f'{name.replace("_", "-", 1).replace("_", " ")}: {100 * ceiling:.1f} %')
    if settings.get('variant') == 'occluded':
        recall = centre_ceiling(load_tube_annotations(out / GROUND_TRUTH))
        say(f'centre ceiling: {100 * recall:.1f} % of the boxes')
    if settings.get('variant') == CROWD:
        say(f'chance: {100 / classes:.1f} %')
