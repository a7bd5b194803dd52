"""Lists of a subset of Kinetics for MMAction2's `VideoDataset`.

Usage, for Mini-Kinetics-200 (80k training and 5k validation videos, Xie et
al., arXiv 1712.04851; its lists of YouTube ids are those of
https://github.com/s9xie/Mini-Kinetics-200)::

    python tools/dataset_converters/mini_kinetics_list.py \\
        data/kinetics400/kinetics400_train_list_videos.txt classes.txt \\
        data/kinetics400/minikinetics80k_train_list_videos.txt \\
        --ids train_ytid_list.txt --make-classes
    python tools/dataset_converters/mini_kinetics_list.py \\
        data/kinetics400/kinetics400_val_list_videos.txt classes.txt \\
        data/kinetics400/minikinetics80k_val_list_videos.txt \\
        --ids val_ytid_list.txt

LIST is a list of MMAction2's ``tools/data/kinetics`` (``class/video.mp4
label`` in a line) or an annotation file ``kinetics_train.csv``. CLASSES has
one class name in a line; the first gets label 0. Names are compared without
case, quotes and parentheses, and with ``_`` as a space, as folders of
Kinetics are spelt in several ways. Other subsets need other CLASSES and ids;
without ids every video of the classes is taken.
"""

import argparse
import csv
import difflib
import re
import sys
from pathlib import Path
from typing import Dict, Iterator, List, NamedTuple, Optional, Sequence, Tuple

from ..video.encoding import write_text

COLUMNS = ('label', 'youtube_id', 'time_start', 'time_end')
# Videos of Kinetics are called ID_start_end.mp4, in some copies ID.mp4.
STEM = re.compile(r'([\w-]{11})(?:_\d{6}_\d{6})?')
SHOWN = 10


class Video(NamedTuple):
    """An entry of LIST: its line (from 1), path below the folder of videos,
    and class as LIST spells it."""

    line: int
    path: str
    name: str


class Selection(NamedTuple):
    """Lines of the new list, and what is to be said about them."""

    lines: List[str]
    counts: List[int]
    notes: List[str]


def parse_args(argv: Optional[Sequence[str]] = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description='Write the list of a subset of Kinetics.'
    )
    parser.add_argument(
        'list',
        type=Path,
        metavar='LIST',
        help='list of videos with labels, or annotations (.csv)',
    )
    parser.add_argument(
        'classes',
        type=Path,
        metavar='CLASSES',
        help='one class name in a line, in the order of the labels',
    )
    parser.add_argument('out', type=Path, metavar='OUT', help='list to write')
    parser.add_argument(
        '--ids', type=Path, help='one YouTube id in a line: take only these'
    )
    parser.add_argument(
        '--make-classes',
        action='store_true',
        help='write CLASSES: the classes of the ids, in alphabetical order',
    )
    parser.add_argument(
        '--videos',
        type=Path,
        help='folder of videos: leave out those that are not in it',
    )
    args = parser.parse_args(argv)
    if args.make_classes and args.ids is None:
        parser.error('--make-classes takes the classes of --ids')
    return args


def normalise(name: str) -> str:
    """A class name as it is compared."""
    return ' '.join(re.sub(r'[\'"()]', '', name).replace('_', ' ').split()).lower()


def youtube_id(path: str) -> Optional[str]:
    """YouTube id in the path of a video, None if there is none."""
    match = STEM.fullmatch(Path(path).stem)
    return match and match.group(1)


def _lines(path: Path) -> List[str]:
    """Lines of a text file, without blank ones at its end."""
    lines = path.read_text(encoding='utf-8-sig').rstrip().splitlines()
    if not lines:
        raise ValueError(f'{path} is empty.')
    return [line.strip() for line in lines]


def _read_csv(path: Path) -> Iterator[Video]:
    """Videos of an annotation file, by the names MMAction2 gives them."""
    with open(path, newline='', encoding='utf-8-sig') as file:
        reader = csv.DictReader(file)
        lacking = set(COLUMNS) - set(reader.fieldnames or ())
        if lacking:
            raise ValueError(
                f'{path}:1: no column {", ".join(sorted(lacking))}; '
                f'annotations of Kinetics begin with {",".join(COLUMNS)} '
                '(those of its test split have no labels).'
            )
        for row in reader:
            try:
                start, end = (int(float(row[key])) for key in COLUMNS[2:])
                folder = row['label'].replace('"', '').replace(' ', '_')
                video = f'{row["youtube_id"]}_{start:06d}_{end:06d}'
            except (AttributeError, TypeError, ValueError):
                folder = ''
            if not folder or not youtube_id(video):
                raise ValueError(
                    f'{path}:{reader.line_num}: {list(row.values())} is not '
                    'label, YouTube id of 11 characters, start and end in '
                    'seconds.'
                )
            yield Video(reader.line_num, f'{folder}/{video}.mp4', row['label'])


def _read_list(path: Path) -> Iterator[Video]:
    """Videos of a list of `VideoDataset`."""
    for number, line in enumerate(_lines(path), start=1):
        video, _, label = line.rpartition(' ')
        folder, _, name = video.rpartition('/')
        if not label.isdecimal() or not folder or not name:
            raise ValueError(
                f"{path}:{number}: {line!r} is not 'class/video.mp4 label'."
            )
        if ' ' in video:
            raise ValueError(
                f'{path}:{number}: {video!r} has a space in it, which '
                '`VideoDataset` takes for the end of the path; rename the '
                "folders with MMAction2's tools/data/kinetics/"
                'rename_classnames.sh and make the list anew.'
            )
        yield Video(number, video, folder.rpartition('/')[2])


def read_videos(path: Path) -> Tuple[List[Video], List[str]]:
    """Read LIST.

    Returns:
        tuple[list[Video], list[str]]: The videos, each once, and a note about
        those that were there twice.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If a line cannot be read; file and line are named.
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
    return list(videos.values()), note('lines twice in LIST, taken once', twice)


def note(title: str, items: Sequence[str]) -> List[str]:
    """One line about some items, the first of them named; none if none."""
    if not items:
        return []
    rest = f', and {len(items) - SHOWN} more' if len(items) > SHOWN else ''
    return [f'{len(items)} {title}: {", ".join(items[:SHOWN])}{rest}']


def read_classes(path: Path) -> Dict[str, int]:
    """Label of each class by its name as it is compared.

    Raises:
        ValueError: If a line is blank or a class comes twice.
    """
    labels: Dict[str, int] = {}
    for label, line in enumerate(_lines(path)):
        name = normalise(line)
        if not name:
            raise ValueError(
                f'{path}:{label + 1}: blank; one class name in a '
                'line, and line N has label N - 1.'
            )
        if name in labels:
            raise ValueError(
                f'{path}:{label + 1}: {line!r} is the class of '
                f'line {labels[name] + 1} again.'
            )
        labels[name] = label
    return labels


def read_ids(path: Path) -> Tuple[List[str], List[str]]:
    """YouTube ids, each once, and a note about those that were there twice.

    Raises:
        ValueError: If a line is no id; file and line are named.
    """
    ids: Dict[str, int] = {}
    twice = []
    for number, line in enumerate(_lines(path), start=1):
        if not re.fullmatch(r'[\w-]{11}', line):
            raise ValueError(
                f'{path}:{number}: {line!r} is no YouTube id of '
                '11 letters, digits, - and _.'
            )
        if ids.setdefault(line, number) != number:
            twice.append(f'{path}:{number} (as line {ids[line]})')
    return list(ids), note('ids twice, taken once', twice)


def make_classes(path: Path, videos: Sequence[Video], ids: Sequence[str]) -> None:
    """Write the classes of some ids in alphabetical order.

    Raises:
        ValueError: If the file exists, or no id is in LIST.
    """
    if path.exists():
        raise ValueError(f'{path} exists; drop --make-classes to use it.')
    wanted = set(ids)
    names = {
        normalise(v.name): v.name.replace('_', ' ').replace('"', '')
        for v in videos
        if youtube_id(v.path) in wanted
    }
    if not names:
        raise ValueError(
            f'none of the {len(wanted)} ids is in LIST; is LIST '
            'of the same split as the ids?'
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, ''.join(f'{names[key]}\n' for key in sorted(names)))


def _check_classes(labels: Dict[str, int], found: Dict[str, str], path: Path) -> None:
    """Refuse classes that LIST does not have."""
    unknown = []
    for name, label in labels.items():
        if name not in found:
            near = difflib.get_close_matches(name, found, 1)
            unknown.append(
                f'{path}:{label + 1} {name!r}'
                + (f' (like {found[near[0]]!r}?)' if near else '')
            )
    if unknown:
        raise ValueError(
            note('classes are not in LIST', unknown)[0] + '. '
            'Names are compared without case, quotes and '
            'parentheses, and with _ as a space.'
        )


def _by_id(
    videos: List[Video], labels: Dict[str, int], ids: Sequence[str]
) -> Tuple[List[Video], List[str]]:
    """The videos of some ids, and notes about absent ids."""
    with_id: Dict[str, List[Video]] = {key: [] for key in ids}
    for video in videos:
        key = youtube_id(video.path)
        if key in with_id:
            with_id[key].append(video)
    kept, other, several = set(), [], []
    for key, entries in with_id.items():
        chosen = [v for v in entries if normalise(v.name) in labels]
        if entries and not chosen:
            other.append(f'{key} ({entries[0].name})')
        if len(chosen) > 1:
            several.append(key)
        kept.update(v.path for v in chosen)
    if other:
        raise ValueError(
            note('ids are of classes that CLASSES does not have', other)[0]
            + '. Ids and classes must be those of one subset; --make-classes '
            'takes the classes from the ids.'
        )
    nameless = [v.path for v in videos if youtube_id(v.path) is None]
    absent = [key for key, entries in with_id.items() if not entries]
    return [v for v in videos if v.path in kept], note(
        f'of {len(ids)} ids are not in LIST (many videos of Kinetics are gone)', absent
    ) + note('ids with several videos, all taken', several) + note(
        'videos have no YouTube id as name, left out', nameless
    )


def select(
    videos: List[Video],
    labels: Dict[str, int],
    ids: Optional[Sequence[str]] = None,
    folder: Optional[Path] = None,
    class_file: Path = Path('CLASSES'),
) -> Selection:
    """Choose the videos of a subset and give them its labels.

    Args:
        videos (list[Video]): As `read_videos` gives them.
        labels (dict[str, int]): Label by `normalise`-d class name.
        ids (Sequence[str], optional): YouTube ids to take; all if None.
        folder (Path, optional): Videos that are not in it are left out.
        class_file (Path): For messages.

    Returns:
        Selection: Lines in the order of LIST, videos per label, notes.

    Raises:
        ValueError: If a class is not in LIST, an id is of another class, or
            nothing is left.
    """
    found = {normalise(video.name): video.name for video in videos}
    _check_classes(labels, found, class_file)
    if ids is None:
        chosen, notes = [v for v in videos if normalise(v.name) in labels], []
    else:
        chosen, notes = _by_id(videos, labels, ids)
    if folder is not None:
        gone = [v.path for v in chosen if not (folder / v.path).is_file()]
        left_out = set(gone)
        chosen = [v for v in chosen if v.path not in left_out]
        notes += note(f'videos are not in {folder}, left out', gone)
    if not chosen:
        raise ValueError(
            '; '.join(['no video is left', *notes]) + '. Is LIST '
            'of the same split as the ids, and --videos its '
            'folder?'
        )
    counts = [0] * len(labels)
    lines = []
    for video in chosen:
        label = labels[normalise(video.name)]
        counts[label] += 1
        lines.append(f'{video.path} {label}')
    empty = [name for name, label in labels.items() if not counts[label]]
    return Selection(lines, counts, notes + note('classes without video', empty))


def main(argv: Optional[Sequence[str]] = None) -> int:
    """Write one list; returns the exit status."""
    args = parse_args(argv)
    try:
        videos, notes = read_videos(args.list)
        ids = None
        if args.ids is not None:
            ids, more = read_ids(args.ids)
            notes += more
        if args.make_classes:
            make_classes(args.classes, videos, ids)
        labels = read_classes(args.classes)
        chosen = select(videos, labels, ids, args.videos, args.classes)
        args.out.parent.mkdir(parents=True, exist_ok=True)
        write_text(args.out, ''.join(f'{line}\n' for line in chosen.lines))
    except (ValueError, OSError) as error:
        print(f'mini_kinetics_list.py: error: {error}', file=sys.stderr)
        return 2 if isinstance(error, ValueError) else 1
    for line in notes + chosen.notes:
        print(line)
    print(
        f'{args.out}: {len(chosen.lines)} of {len(videos)} videos, '
        f'{len(labels)} classes of {min(chosen.counts)} to '
        f'{max(chosen.counts)} videos'
    )
    return 0


if __name__ == '__main__':
    sys.exit(main())
