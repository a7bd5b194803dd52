"""The command `mmvkp data check`."""

import os.path as osp
from typing import Any, Dict, List, Optional

import click

from ..annotation_lists import ListFormat
from ..console import command, say
from ..manifest import compare_manifest, read_manifest
from .annotations import load_tube_annotations
from .data_checks import class_table, describe_problems
from .file_checks import check_data_set, longer_videos

FOLDER = click.Path(exists=True, file_okay=False)
LISTS = ('.txt', '.csv', '.tsv', '.lst')
# Options by the kind of the source that they belong to; others have no effect.
KINDS = {
    'a finished data set': (),
    'tube annotations': ('frames', 'videos', 'filename_tmpl', 'joints'),
    'a config': ('decode',),
    'an annotation list': (
        'frames',
        'videos',
        'filename_tmpl',
        'delimiter',
        'multi_label',
        'num_classes',
        'decode',
    ),
}


@command(
    'A finished data set (folder with manifest.json), tube annotations (.pkl or .json) '
    'in the layout of JHMDB-GT.pkl and UCF101v2-GT.pkl, an annotation list of '
    'MMAction2 (.txt, .csv), or a config or recipe.',
    'A list of all problems and exit code 1, or a summary.',
    'mmvkp data check my_config.py',
)
@click.argument('source')
@click.option('--frames', type=FOLDER, help='Folder with a folder of frames per video.')
@click.option('--videos', type=FOLDER, help='Folder with a video file per video.')
@click.option(
    '--filename-tmpl',
    metavar='TEMPLATE',
    help="Names of frame files, counted from 1, e.g. '{:05}.jpg'. Default: detected; "
    "of a list 'img_{:05}.jpg'.",
)
@click.option('--joints', type=FOLDER, help='Folder with the joints.')
@click.option('--delimiter', help='Separates the fields of a list. Default: a blank.')
@click.option('--multi-label', is_flag=True, help='A list has several labels per line.')
@click.option(
    '--num-classes',
    type=click.IntRange(min=1),
    help='Classes of a list. Default: the names in classes.txt beside it.',
)
@click.option('--decode', is_flag=True, help='Decode all videos of a list or config.')
@click.option(
    '--limit',
    type=click.IntRange(min=1),
    default=50,
    show_default=True,
    help='Number of listed problems.',
)
def check(source: str, limit: int, **options: Any) -> int:
    """Check a data set, a list or a config; all problems are listed.

    SOURCE is a folder that `mmvkp data stick-action` has made: missing, changed and
    extra files are listed. Or it is a file of tube annotations: problems are listed by
    video and frame; frames and videos, their sizes and the joints are checked if their
    folder is given. Or it is an annotation list: problems are listed by line; files are
    checked if --videos or --frames is given. Or it is a config: its lists and files,
    its labels and class names against the model, its metrics and numbers of frames are
    checked, and missing weights are listed with the command that makes them.
    """
    if options['frames'] and options['videos']:
        raise click.UsageError('--frames and --videos exclude each other.')
    kind = _kind_of(source)
    given = [key for key, value in options.items() if value and key not in KINDS[kind]]
    if given:
        names = ', '.join(f'--{key.replace("_", "-")}' for key in given)
        raise click.UsageError(f'{names}: no effect on {kind}.')
    own = {key: options[key] for key in KINDS[kind]}
    checks = (_check_folder, _check_tubes, _check_config, _check_list)
    return checks[list(KINDS).index(kind)](source, limit, own)


def _kind_of(source: str) -> str:
    """Key of `KINDS`."""
    ending = osp.splitext(source)[1].lower()
    if osp.isdir(source):
        return 'a finished data set'
    if ending in LISTS:
        return 'an annotation list'
    if ending in ('.pkl', '.json') or osp.isfile(source) and ending != '.py':
        return 'tube annotations'
    return 'a config'


def _report(source: str, problems: List[str], limit: int, summary: str) -> int:
    """Print problems or a summary; return the exit code."""
    if not problems:
        say(f'{source}: no problems{summary}')
        return 0
    more = len(problems) - limit
    lines = [f'  {each}' for each in problems[:limit]]
    lines += [f'  ... and {more} more'] if more > 0 else []
    say('\n'.join([f'{source}: {len(problems)} problem(s)', *lines]))
    return 1


def _check_folder(folder: str, limit: int, options: Dict[str, Any]) -> int:
    """Compare a folder with its manifest."""
    problems = [line.strip() for line in str(compare_manifest(folder)).splitlines()]
    return _report(folder, problems, limit, f'; {len(read_manifest(folder))} files')


def _check_tubes(source: str, limit: int, options: Dict[str, Any]) -> int:
    """Check tube annotations."""
    truth = load_tube_annotations(source)
    problems = check_data_set(truth, **options)
    if problems:
        say(describe_problems(problems, source, limit))
        return 1
    say(f'{source}: no problems\n{class_table(truth)}')
    for note in longer_videos(truth, options['frames'], options['videos']):
        say(f'note: {note}')
    return 0


def _check_config(source: str, limit: int, options: Dict[str, Any]) -> int:
    """Check a config."""
    from ..recognition.config_check import check_config_file

    found = check_config_file(source, options['decode'])
    for note in found.notes:
        say(f'note: {note}', err=True)
    return _report(source, found.problems, limit, '')


def _check_list(source: str, limit: int, options: Dict[str, Any]) -> int:
    """Check an annotation list."""
    from ..recognition.config_check import check_list_file, is_video_list

    delimiter = options['delimiter'] or ' '
    delimiter = delimiter.replace('\\t', '\t')
    folder: Optional[str] = options['frames'] or options['videos']
    videos = bool(options['videos']) or (
        not options['frames'] and is_video_list(source, delimiter)
    )
    layout = ListFormat(
        not videos, options['multi_label'], delimiter=delimiter, prefix=folder
    )
    template = None if videos else options['filename_tmpl'] or 'img_{:05}.jpg'
    problems, count = check_list_file(
        source, layout, options['num_classes'], template, options['decode']
    )
    return _report(source, problems, limit, f'; {count} samples')
