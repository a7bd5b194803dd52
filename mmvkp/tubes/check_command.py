"""The command `mmvkp data check`."""

import os.path as osp
from typing import Any, Optional

import click

from ..console import command, say
from ..manifest import compare_manifest, read_manifest
from .annotations import load_tube_annotations
from .data_checks import class_table, describe_problems
from .file_checks import check_data_set, longer_videos

FOLDER = click.Path(exists=True, file_okay=False)


@command(
    'A finished data set (folder with manifest.json), or annotations (.pkl or .json) '
    'in the layout of JHMDB-GT.pkl and UCF101v2-GT.pkl.',
    'A list of problems and exit code 1, or a summary.',
    'mmvkp data check my.pkl --videos my/videos',
)
@click.argument('source')
@click.option('--frames', type=FOLDER, help='Folder with a folder of frames per video.')
@click.option('--videos', type=FOLDER, help='Folder with a video file per video.')
@click.option(
    '--filename-tmpl',
    metavar='TEMPLATE',
    help="Names of frame files, counted from 1, e.g. '{:05}.jpg'. Default: detected.",
)
@click.option('--joints', type=FOLDER, help='Folder with the joints.')
@click.option(
    '--limit',
    type=click.IntRange(min=1),
    default=50,
    show_default=True,
    help='Number of listed problems.',
)
def check(source: str, limit: int, **options: Optional[str]) -> int:
    """Check a data set and its files; all problems are listed.

    SOURCE is a folder that `mmvkp data stick-action` has made: missing, changed and
    extra files are listed by name. Or it is a file of tube annotations: problems are
    listed by video and frame. Missing frames and videos, their sizes and the joints
    are checked if their folder is given.
    """
    if options['frames'] and options['videos']:
        raise click.UsageError('--frames and --videos exclude each other.')
    if osp.isdir(source):
        _refuse_options('a folder', options)
        return _check_folder(source, limit)
    return _check_tubes(source, limit, options)


def _refuse_options(kind: str, options: dict) -> None:
    """Refuse options that have no effect."""
    given = [f'--{key.replace("_", "-")}' for key, value in options.items() if value]
    if given:
        raise click.UsageError(f'{", ".join(given)}: no effect on {kind}.')


def _check_folder(folder: str, limit: int) -> int:
    """Compare a folder with its manifest; see `check`."""
    lines = str(compare_manifest(folder)).splitlines()
    if not lines:
        say(f'{folder}: no problems; {len(read_manifest(folder))} files')
        return 0
    more = [f'  ... and {len(lines) - limit} more'] if len(lines) > limit else []
    say('\n'.join([f'{folder}: {len(lines)} problem(s)', *lines[:limit], *more]))
    return 1


def _check_tubes(source: str, limit: int, options: Any) -> int:
    """Check tube annotations; see `check`."""
    truth = load_tube_annotations(source)
    problems = check_data_set(truth, **options)
    if problems:
        say(describe_problems(problems, source, limit))
        return 1
    say(f'{source}: no problems\n{class_table(truth)}')
    for note in longer_videos(truth, options['frames'], options['videos']):
        say(f'note: {note}')
    return 0
