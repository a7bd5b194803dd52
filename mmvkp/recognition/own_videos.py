"""Own videos and their classes, found in folders or named in a table."""

import csv
import io
import re
from pathlib import Path
from typing import Container, Dict, List, NamedTuple, Sequence, Tuple

from ..checks import shorten
from ..files import is_inside_name, read_text
from ..video.source import VIDEOS

SPLITS = ('train', 'val', 'test')
# Column of a table -> its accepted names; the first two are required.
COLUMNS = {
    'video': ('video', 'path', 'file', 'filename', 'name'),
    'label': ('label', 'class', 'class_name', 'action'),
    'split': ('split', 'subset', 'set'),
    'group': ('group', 'subject', 'person'),
}


class OwnVideo(NamedTuple):
    """A video with its class.

    Args:
        path (str): Path below the folder of all videos, with `/`.
        label (str): Name of the class.
        split (str): `train`, `val` or `test`; empty if it is to be chosen.
        group (str): Videos of a group stay in one split; empty if unknown.
    """

    path: str
    label: str
    split: str = ''
    group: str = ''


def find_own_videos(source: Path) -> Tuple[Path, List[OwnVideo]]:
    """Videos of a folder with one folder per class, or of a table.

    Args:
        source (Path): The folder; or a `.csv` with the columns `video` (path,
            relative to the table) and `label`, and optionally `split` and `group`.

    Returns:
        tuple[Path, list[OwnVideo]]: Folder of the paths, and the videos by class and
        path. Classes that are all numbers are in the order of the numbers.

    Raises:
        FileNotFoundError: If the source is missing.
        ValueError: If videos are missing, also for one class, or a row of the table
            or a name is invalid.
    """
    if source.suffix.lower() == '.csv':
        folder, videos = source.parent, _read_table(source)
    else:
        folder, videos = source, _search(source)
    for video in videos:
        wrong = set(video.path) & set('\t\r\n')
        if wrong or video.path != video.path.strip():
            raise ValueError(
                f'{folder / video.path!r}: tabs, line breaks, and spaces at the start '
                'or end of a path cannot be written to an annotation list; rename it.'
            )
    numbered = all(re.fullmatch('[0-9]{1,9}', each.label) for each in videos)
    return folder, sorted(
        videos,
        key=lambda each: (int(each.label) if numbered else 0, each.label, each.path),
    )


def _search(folder: Path) -> List[OwnVideo]:
    """Videos of class folders."""
    if not folder.is_dir():
        raise FileNotFoundError(f'no folder {folder}.')
    found: Dict[str, List[OwnVideo]] = {}
    for each in sorted(folder.iterdir()):
        if not each.is_dir() or each.name.startswith('.'):
            continue
        found[each.name] = [
            OwnVideo(path.relative_to(folder).as_posix(), each.name)
            for path in each.rglob('*')
            if path.suffix.lower() in VIDEOS and not path.name.startswith('.')
        ]
        if not found[each.name]:
            raise ValueError(
                f'{each} contains no videos ({", ".join(VIDEOS)}); add some or '
                'remove the folder.'
            )
    if not found:
        raise ValueError(
            f'{folder} has no class folders; put the videos of each class into a '
            'folder with its name.'
        )
    return [video for videos in found.values() for video in videos]


def _read_table(path: Path) -> List[OwnVideo]:
    """Videos of a table."""
    text = read_text(path)
    first = text.split('\n', 1)[0]
    rows = csv.DictReader(io.StringIO(text), delimiter=max(',;\t', key=first.count))
    try:
        columns, table = _columns(path, list(rows.fieldnames or ())), list(rows)
    except csv.Error as error:
        raise ValueError(
            f'{path}, line {rows.line_num}: not readable as CSV: {error}.'
        ) from error
    videos: Dict[str, OwnVideo] = {}
    for number, row in enumerate(table, 2):
        fields = {key: (row[name] or '').strip() for key, name in columns.items()}
        video = OwnVideo(fields.pop('video'), **fields)
        problem = _problem(path.parent, video, videos)
        if problem:
            raise ValueError(f'{path}, row {number}: {problem}.')
        videos[video.path] = video
    if not videos:
        raise ValueError(f'{path} lists no videos.')
    return list(videos.values())


def _columns(path: Path, names: Sequence[str]) -> Dict[str, str]:
    """Names of the known columns in a table."""
    lower = {each.strip().lower(): each for each in names}
    found = {
        key: lower[alias]
        for key, aliases in COLUMNS.items()
        for alias in reversed(aliases)
        if alias in lower
    }
    for key in ('video', 'label'):
        if key not in found:
            raise ValueError(
                f'{path}: the first line {shorten(",".join(names))} has no column '
                f'{key}; name the columns video,label and, if known, split,group.'
            )
    return found


def _problem(folder: Path, video: OwnVideo, seen: Container[str]) -> str:
    """Reason against a row of a table; empty without one."""
    if not video.label:
        return 'the label is empty'
    if not is_inside_name(video.path):
        return (
            f'{shorten(video.path)} is not a path below {folder}; put the table into '
            'the folder of all videos'
        )
    if video.split and video.split not in SPLITS:
        return (
            f'split {shorten(video.split)} is not one of {", ".join(SPLITS)}; an '
            'empty split is chosen at random'
        )
    if video.path in seen:
        return f'{video.path} is listed a second time'
    if not (folder / video.path).is_file():
        return f'no file {folder / video.path}'
    return ''
