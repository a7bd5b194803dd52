"""Commands for own videos and lists of public data sets."""

import re
from pathlib import Path
from typing import Optional

import click

from ..console import command, say
from ..methods import CONFIG_WRITERS, resolve


@command(
    'A folder with one folder of videos per class, or a table (.csv) with the columns '
    'video and label, and optionally split and group.',
    'The lists train.txt, val.txt, test.txt with lines `class/video.mp4 label`, '
    'classes.txt, and excluded.txt with the damaged files.',
    'mmvkp data make-list my/videos',
)
@click.argument('source', metavar='FOLDER')
@click.argument('out', required=False)
@click.option(
    '--val', type=float, default=0.2, show_default=True, help='Share of val.txt.'
)
@click.option(
    '--test', type=float, default=0.2, show_default=True, help='Share of test.txt.'
)
@click.option(
    '--seed', type=int, default=0, show_default=True, help='Seed of the split.'
)
@click.option(
    '--group',
    default='auto',
    show_default=True,
    metavar='auto|none|REGEX',
    help='Part of the file names that videos of one person or recording have in '
    'common; such videos are kept in one list.',
)
@click.option(
    '--damaged',
    type=click.Choice(['exclude', 'keep']),
    default='exclude',
    show_default=True,
    help='Treatment of damaged videos with readable frames.',
)
@click.option(
    '--workers', type=click.IntRange(min=1), help='Threads. Default: one per core.'
)
def make_list(source: str, out: Optional[str], **options: object) -> None:
    """Write the annotation lists of own videos.

    OUT is the training list; the other files are written beside it. Default:
    train.txt in FOLDER. Every video is decoded once. Labels follow the sorted names
    of the classes. Groups are found in names such as v_Biking_g01_c02, person03_run
    and clip_17_part2.
    """
    from .make_list import ListOptions, write_lists

    say('\n'.join(write_lists(source, out, ListOptions(**options))))  # type: ignore


@command(
    'A folder with the lists of `mmvkp data make-list`; for point3d a folder of videos '
    'and the annotations of `mmvkp data convert`.',
    'A config of less than 40 lines; for aknet another one for its first stage.',
    'mmvkp data make-config my/videos --method kpsem --out my_config.py',
)
@click.argument('folder')
@click.option('--method', type=click.Choice(list(CONFIG_WRITERS)), required=True)
@click.option(
    '--budget',
    type=click.Choice(['cpu', 'gpu']),
    default='cpu',
    show_default=True,
    help='cpu: a small network, trained from scratch in minutes. gpu: the network of '
    'the paper.',
)
@click.option('--out', help='Config to write. Default: METHOD_FOLDER.py.')
@click.option(
    '--weights',
    default='auto',
    show_default=True,
    metavar='auto|none|FILE',
    help='Weights to start from. auto: weights of the recipe if they exist.',
)
@click.option('--flip', is_flag=True, help='Mirror half of the training videos.')
@click.option('--ann', help='Annotations for point3d. Default: tubes.pkl in FOLDER.')
def make_config(
    folder: str, method: str, out: Optional[str], **options: object
) -> None:
    """Write a config for own videos.

    Network, optimiser and runtime are those of a recipe; the config sets data,
    classes, learning rate and schedule. The next commands are printed.
    """
    from .own_recipes import OwnConfig

    name = re.sub(r'\W+', '_', Path(folder).resolve().name).strip('_') or 'videos'
    target = out or f'{method}_{name}.py'
    if not target.endswith('.py'):
        raise ValueError(f'{target} must end in .py, as a config.')
    if Path(target).exists():
        raise ValueError(f'{target} exists already; give another name with --out.')
    write = resolve(CONFIG_WRITERS[method])
    say('\n'.join(write(OwnConfig(folder, method, **options), target)))  # type: ignore


@command(
    'A list of Kinetics (LIST), class names (CLASSES) and YouTube ids (--ids).',
    'The list OUT with lines `class/video.mp4 label`.',
    'mmvkp data mini-kinetics kinetics400_train_list_videos.txt classes.txt '
    'train.txt --ids train_ytid_list.txt --make-classes',
)
@click.argument('source', metavar='LIST')
@click.argument('classes')
@click.argument('out')
@click.option('--ids', help='File with one YouTube id per line; use these videos only.')
@click.option(
    '--make-classes',
    is_flag=True,
    help='Write CLASSES: the classes of the ids, in alphabetical order.',
)
@click.option('--videos', help='Folder of videos; skip videos that are not in it.')
def mini_kinetics(
    source: str,
    classes: str,
    out: str,
    ids: Optional[str],
    make_classes: bool,
    videos: Optional[str],
) -> None:
    """Write the list of Mini-Kinetics or another subset of Kinetics.

    LIST is a list of MMAction2's tools/data/kinetics or an annotation file .csv.
    CLASSES has one class name per line; the first has label 0. Names are compared
    without case, quotes and parentheses, and with _ as a space. Without --ids all
    videos of the classes are used.
    """
    from .mini_kinetics import write_subset

    said = write_subset(
        Path(source),
        Path(classes),
        Path(out),
        Path(ids) if ids else None,
        make_classes,
        Path(videos) if videos else None,
    )
    say('\n'.join(said))
