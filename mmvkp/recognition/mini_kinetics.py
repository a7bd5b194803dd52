"""Lists of a subset of Kinetics for MMAction2's `VideoDataset`.

Mini-Kinetics-200 (80k training and 5k validation videos; Xie et al., arXiv
1712.04851) is defined by the lists of YouTube ids of
https://github.com/s9xie/Mini-Kinetics-200.
"""

import difflib
from pathlib import Path
from typing import Dict, List, NamedTuple, Optional, Sequence, Tuple

from ..files import write_text
from .kinetics_lists import (
    Video,
    normalise,
    note,
    read_classes,
    read_ids,
    read_videos,
    youtube_id,
)


class Selection(NamedTuple):
    """Content of a new list.

    Args:
        lines (list[str]): Its lines.
        counts (list[int]): Videos of each label.
        notes (list[str]): Messages for the user.
    """

    lines: List[str]
    counts: List[int]
    notes: List[str]


def make_classes(path: Path, videos: Sequence[Video], ids: Sequence[str]) -> None:
    """Write the classes of some ids in alphabetical order.

    Args:
        path (Path): File to write.
        videos (Sequence[Video]): The list.
        ids (Sequence[str]): YouTube ids.

    Raises:
        ValueError: If the file exists, or no id is in the list.
    """
    if path.exists():
        raise ValueError(f'{path} exists; omit --make-classes to use it.')
    wanted = set(ids)
    names = {
        normalise(v.name): v.name.replace('_', ' ').replace('"', '')
        for v in videos
        if youtube_id(v.path) in wanted
    }
    if not names:
        raise ValueError(
            f'none of the {len(wanted)} ids is in LIST; LIST and ids must be of the '
            'same split.'
        )
    write_text(path, ''.join(f'{names[key]}\n' for key in sorted(names)))


def _check_classes(labels: Dict[str, int], found: Dict[str, str], path: Path) -> None:
    """Refuse classes that LIST does not have."""
    unknown = []
    for name, label in labels.items():
        if name not in found:
            near = difflib.get_close_matches(name, found, 1)
            unknown.append(
                f'{path}:{label + 1} {name!r}'
                + (f' (did you mean {found[near[0]]!r}?)' if near else '')
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
    """Videos of some ids, and notes about missing ids."""
    with_id: Dict[str, List[Video]] = {key: [] for key in ids}
    for video in videos:
        key = youtube_id(video.path)
        if key in with_id:
            with_id[key].append(video)
    kept = set()
    other, several = [], []
    for key, entries in with_id.items():
        chosen = [v.path for v in entries if normalise(v.name) in labels]
        if entries and not chosen:
            other.append(f'{key} ({entries[0].name})')
        if len(chosen) > 1:
            several.append(key)
        kept |= set(chosen)
    if other:
        raise ValueError(
            note('ids belong to classes that CLASSES does not have', other)[0]
            + '. Ids and classes must belong to one subset; --make-classes '
            'takes the classes from the ids.'
        )
    nameless = [v.path for v in videos if youtube_id(v.path) is None]
    missing = [key for key, entries in with_id.items() if not entries]
    title = f'of {len(ids)} ids are not in LIST (many videos of Kinetics were deleted)'
    return [v for v in videos if v.path in kept], [
        *note(title, missing),
        *note('ids have several videos, all used', several),
        *note('videos have no YouTube id in their name, skipped', nameless),
    ]


def select(
    videos: List[Video],
    labels: Dict[str, int],
    ids: Optional[Sequence[str]] = None,
    folder: Optional[Path] = None,
    class_file: Path = Path('CLASSES'),
) -> Selection:
    """Choose the videos of a subset and give them its labels.

    Args:
        videos (list[Video]): Result of `read_videos`.
        labels (dict[str, int]): Label by normalised class name.
        ids (Sequence[str], optional): YouTube ids to use; all if None.
        folder (Path, optional): Videos that are not in this folder are skipped.
        class_file (Path): For messages.

    Returns:
        Selection: Lines in the order of LIST, videos per label, notes.

    Raises:
        ValueError: If a class is not in LIST, an id belongs to another class, or
            no video remains.
    """
    found = {normalise(video.name): video.name for video in videos}
    _check_classes(labels, found, class_file)
    notes: List[str] = []
    chosen = [v for v in videos if normalise(v.name) in labels]
    if ids is not None:
        chosen, notes = _by_id(videos, labels, ids)
    if folder is not None:
        gone = [v.path for v in chosen if not (folder / v.path).is_file()]
        skipped = set(gone)
        chosen = [v for v in chosen if v.path not in skipped]
        notes += note(f'videos are not in {folder}, skipped', gone)
    if not chosen:
        raise ValueError(
            '; '.join(['no video remains', *notes])
            + '. LIST and ids must be of the same split, --videos its folder.'
        )
    counts = [0] * len(labels)
    lines = []
    for video in chosen:
        label = labels[normalise(video.name)]
        counts[label] += 1
        lines.append(f'{video.path} {label}')
    empty = [name for name, label in labels.items() if not counts[label]]
    return Selection(lines, counts, notes + note('classes without video', empty))


def write_subset(
    source: Path,
    classes: Path,
    out: Path,
    ids: Optional[Path] = None,
    with_classes: bool = False,
    folder: Optional[Path] = None,
) -> List[str]:
    """Write the list of a subset.

    Args:
        source (Path): See `read_videos`.
        classes (Path): See `read_classes`.
        out (Path): List to write.
        ids (Path, optional): See `read_ids`; None for all videos of the classes.
        with_classes (bool): Write `classes`: the classes of the ids.
        folder (Path, optional): See `select`.

    Returns:
        list[str]: Notes, and a summary.

    Raises:
        FileNotFoundError: If a file is missing.
        ValueError: If a file cannot be read, or the files do not fit together.
    """
    videos, notes = read_videos(source)
    wanted: Optional[List[str]] = None
    if ids is not None:
        wanted, more = read_ids(ids)
        notes += more
    if with_classes:
        if wanted is None:
            raise ValueError('--make-classes uses the classes of --ids; give --ids.')
        make_classes(classes, videos, wanted)
    labels = read_classes(classes)
    chosen = select(videos, labels, wanted, folder, classes)
    write_text(out, ''.join(f'{line}\n' for line in chosen.lines))
    return [
        *notes,
        *chosen.notes,
        f'{out}: {len(chosen.lines)} of {len(videos)} videos, '
        f'{len(labels)} classes with {min(chosen.counts)} to '
        f'{max(chosen.counts)} videos',
    ]
