"""Readers of the files that define subsets of Kinetics."""

import csv
import io
import re
from pathlib import Path
from typing import Dict, Iterator, List, NamedTuple, Optional, Sequence, Tuple

from ..class_files import read_class_names
from ..files import read_text
from ..text_lists import read_lines

COLUMNS = ('label', 'youtube_id', 'time_start', 'time_end')
# Videos of Kinetics have the name ID_start_end.mp4, in some copies ID.mp4.
STEM = re.compile(r'([\w-]{11})(?:_\d{6}_\d{6})?')
SHOWN = 10


class Video(NamedTuple):
    """Entry of a list.

    Args:
        line (int): Its line, from 1.
        path (str): Path in the folder of videos.
        name (str): Class as the list spells it.
    """

    line: int
    path: str
    name: str


def normalise(name: str) -> str:
    """Class name without case, quotes and parentheses, and with `_` as a space."""
    return ' '.join(re.sub(r'[\'"()]', '', name).replace('_', ' ').split()).lower()


def youtube_id(path: str) -> Optional[str]:
    """YouTube id in the path of a video; None without one."""
    match = STEM.fullmatch(Path(path).stem)
    return match and match.group(1)


def note(title: str, items: Sequence[str]) -> List[str]:
    """One line about some items that names the first ones; none without items."""
    if not items:
        return []
    rest = f', and {len(items) - SHOWN} more' if len(items) > SHOWN else ''
    return [f'{len(items)} {title}: {", ".join(items[:SHOWN])}{rest}']


def _lines(path: Path) -> List[Tuple[int, str]]:
    """Numbers and texts of the lines that are not blank."""
    lines = read_lines(path)
    if not lines:
        raise ValueError(f'{path} is empty.')
    return lines


def _read_csv(path: Path) -> Iterator[Video]:
    """Videos of an annotation file, with the names that MMAction2 gives them."""
    reader = csv.DictReader(io.StringIO(read_text(path), newline=''))
    try:
        missing = set(COLUMNS) - set(reader.fieldnames or ())
        rows = [] if missing else [(reader.line_num, row) for row in reader]
    except csv.Error as error:
        raise ValueError(
            f'{path}:{reader.line_num}: not readable as CSV: {error}.'
        ) from error
    if missing:
        raise ValueError(
            f'{path}:1: no column {", ".join(sorted(missing))}; '
            f'annotations of Kinetics begin with {",".join(COLUMNS)} '
            '(its test split has no labels).'
        )
    for line, row in rows:
        try:
            start, end = (int(float(row[key])) for key in COLUMNS[2:])
            folder = row['label'].replace('"', '').replace(' ', '_')
            video = f'{row["youtube_id"]}_{start:06d}_{end:06d}'
        except (AttributeError, TypeError, ValueError, OverflowError):
            folder = ''
        if not folder or not youtube_id(video):
            raise ValueError(
                f'{path}:{line}: {list(row.values())} is not label, YouTube id of '
                '11 characters, start and end in seconds.'
            )
        yield Video(line, f'{folder}/{video}.mp4', row['label'])


def _read_list(path: Path) -> Iterator[Video]:
    """Videos of a list of `VideoDataset`."""
    for number, line in _lines(path):
        video, _, label = line.rpartition(' ')
        folder, _, name = video.rpartition('/')
        if not label.isdecimal() or not folder or not name:
            raise ValueError(
                f"{path}:{number}: {line!r} is not 'class/video.mp4 label'."
            )
        if ' ' in video:
            raise ValueError(
                f'{path}:{number}: {video!r} contains a space, which ends a path in '
                "`VideoDataset`; rename the folders with MMAction2's "
                'tools/data/kinetics/rename_classnames.sh and make the list again.'
            )
        yield Video(number, video, folder.rpartition('/')[2])


def read_videos(path: Path) -> Tuple[List[Video], List[str]]:
    """Read a list of videos.

    Args:
        path (Path): List of MMAction2's `tools/data/kinetics` (lines
            `class/video.mp4 label`), or an annotation file `.csv`.

    Returns:
        tuple[list[Video], list[str]]: Videos without duplicates, and a note about
        the duplicates.

    Raises:
        FileNotFoundError: If the file is missing.
        ValueError: If a line cannot be read; the message names file and line.
    """
    read = _read_csv if path.suffix == '.csv' else _read_list
    videos: Dict[str, Video] = {}
    twice = []
    for video in read(path):
        first = videos.setdefault(video.path, video)
        if first is not video:
            twice.append(f'{path}:{video.line} (as line {first.line})')
    if not videos:
        raise ValueError(f'{path} names no video.')
    return list(videos.values()), note('duplicate lines in LIST, used once', twice)


def read_classes(path: Path) -> Dict[str, int]:
    """Read class names.

    Args:
        path (Path): See `mmvkp.class_files.read_class_names`.

    Returns:
        dict[str, int]: Label by normalised name.

    Raises:
        ValueError: If the file cannot be read, or a class appears twice.
    """
    labels: Dict[str, int] = {}
    names = read_class_names(path)
    for label, each in enumerate(names):
        first = labels.setdefault(normalise(each), label)
        if first != label:
            raise ValueError(
                f'{path}: {each!r} (label {label}) repeats {names[first]!r} (label '
                f'{first}).'
            )
    return labels


def read_ids(path: Path) -> Tuple[List[str], List[str]]:
    """Read YouTube ids.

    Args:
        path (Path): File with one id per line.

    Returns:
        tuple[list[str], list[str]]: Ids without duplicates, and a note about the
        duplicates.

    Raises:
        ValueError: If a line is not an id; the message names file and line.
    """
    ids: Dict[str, int] = {}
    twice = []
    for number, line in _lines(path):
        if not re.fullmatch(r'[\w-]{11}', line):
            raise ValueError(
                f'{path}:{number}: {line!r} is not a YouTube id (11 letters, digits, '
                '- and _).'
            )
        if ids.setdefault(line, number) != number:
            twice.append(f'{path}:{number} (as line {ids[line]})')
    return list(ids), note('duplicate ids, used once', twice)
