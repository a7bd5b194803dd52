"""Annotation lists of own videos."""

from pathlib import Path
from typing import Dict, List, NamedTuple, Optional, Sequence, Tuple

from ..checks import check_choice
from ..class_files import read_class_names
from ..files import write_text
from .class_balance import balance_table
from .own_videos import SPLITS, OwnVideo, find_own_videos
from .readable_videos import decode_videos
from .same_videos import find_same, join_groups
from .split_groups import split_groups
from .video_groups import find_groups

CLASSES, EXCLUDED = 'classes.txt', 'excluded.txt'
DAMAGED = ('exclude', 'keep')


class ListOptions(NamedTuple):
    """Options of `write_lists`.

    Args:
        val (float): Share of `val.txt`, in [0, 1).
        test (float): Share of `test.txt`, likewise.
        seed (int): Seed of the split.
        group (str): See `find_groups`; a group is never divided.
        damaged (str): `exclude` leaves out damaged files; `keep` leaves out only
            those without a readable frame.
        workers (int, optional): See `decode_videos`.
    """

    val: float = 0.2
    test: float = 0.2
    seed: int = 0
    group: str = 'auto'
    damaged: str = 'exclude'
    workers: Optional[int] = None


def write_lists(
    source: str, out: Optional[str] = None, options: Optional[ListOptions] = None
) -> List[str]:
    r"""Write the lists of own videos and the names of their classes.

    A line is `class/video.mp4 label`, with a tab instead of the space in all lists if
    a path contains a space; `VideoDataset` needs `delimiter='\t'` then. Labels follow
    the sorted names of the classes. A list without videos is not written.

    Args:
        source (str): Folder or table, see `find_own_videos`.
        out (str, optional): Training list; `val.txt`, `test.txt`, `classes.txt` and
            `excluded.txt` are written beside it. Default: `train.txt` in the folder
            of the videos.
        options (ListOptions, optional): Options of the split and the check.

    Returns:
        list[str]: Lines of a report.

    Raises:
        FileNotFoundError: If the source is missing.
        ValueError: If an option or the source is invalid, or a class has no readable
            video.
    """
    chosen = options or ListOptions()
    check_choice('make-list', 'damaged', chosen.damaged, DAMAGED)
    folder, found = find_own_videos(Path(source))
    target = Path(out) if out else folder / 'train.txt'
    if target.name in {CLASSES, EXCLUDED, 'val.txt', 'test.txt'}:
        raise ValueError(f'{out}: this name is reserved; use train.txt, for example.')
    classes = list(dict.fromkeys(each.label for each in found))
    find_groups(found, chosen.group)  # before minutes of decoding
    _write_classes(target.with_name(CLASSES), classes)
    videos, said = _readable(folder, target, found, chosen)
    _check_classes(classes, videos, target.with_name(EXCLUDED))
    kind, groups = find_groups(videos, chosen.group)
    paths = [each.path for each in videos]
    same = find_same(folder, paths)
    said += _describe_same(videos, same)
    groups = join_groups(paths, groups, same)
    splits = split_groups(
        [each.label for each in videos], groups, chosen.val, chosen.test, chosen.seed
    )
    parts: Dict[str, List[OwnVideo]] = {each: [] for each in SPLITS}
    for video, split in zip(videos, splits):
        parts[video.split or split].append(video)
    if not parts['train']:
        raise ValueError(f'{source}: no video is left for training; correct the split.')
    if kind:
        said.append(f'groups by {kind}: {len(set(groups))}; no group is divided')
    said += _write(target, parts, classes)
    labels = {split: [each.label for each in part] for split, part in parts.items()}
    return [*said, '', *balance_table(labels, classes)]


def _describe_same(
    videos: Sequence[OwnVideo], same: Sequence[Sequence[str]]
) -> List[str]:
    """A line for each set of equal files; they are in one list."""
    labels = {video.path: video.label for video in videos}
    said = []
    for paths in same:
        line = f'same content: {", ".join(paths)}'
        if len({labels[path] for path in paths}) > 1:
            line = f'warning: {line}, in different classes'
        said.append(line)
    return said


def _readable(
    folder: Path, target: Path, videos: Sequence[OwnVideo], options: ListOptions
) -> Tuple[List[OwnVideo], List[str]]:
    """Videos without the damaged ones, and a line for each damaged one."""
    results = decode_videos(folder, [each.path for each in videos], options.workers)
    kept, said, excluded = [], [], []
    for video, result in zip(videos, results):
        if not result.num_frames or (result.problem and options.damaged == 'exclude'):
            excluded.append(f'{video.path}\t{result.problem}\n')
        else:
            kept.append(video)
        if result.problem:
            said.append(f'damaged: {video.path}: {result.problem}')
    path = target.with_name(EXCLUDED)
    if excluded:
        write_text(path, ''.join(excluded))
        said.append(f'{path}: {len(excluded)} damaged videos, in no other list')
    else:
        path.unlink(missing_ok=True)
    return kept, said


def _check_classes(
    classes: Sequence[str], videos: Sequence[OwnVideo], excluded: Path
) -> None:
    """Refuse classes whose videos are all damaged."""
    missing = [each for each in classes if each not in {v.label for v in videos}]
    if missing:
        raise ValueError(
            f'no video of {", ".join(missing)} is readable, see {excluded}; add videos '
            'or remove the class.'
        )


def _write_classes(path: Path, classes: List[str]) -> None:
    """Write the names of the classes; numbered, if plain names would be misread."""
    plain = [f'{name}\n' for name in classes]
    reason = 'they are read as other names'
    for lines in (plain, [f'{i} {line}' for i, line in enumerate(plain)]):
        write_text(path, ''.join(lines))
        try:
            if read_class_names(path) == classes:
                return
        except ValueError as error:
            reason = str(error)
    path.unlink()
    raise ValueError(f'the names of the classes cannot be written: {reason}')


def _write(
    target: Path, parts: Dict[str, List[OwnVideo]], classes: Sequence[str]
) -> List[str]:
    """Write all lists; returns a line for each."""
    spaced = any(
        len(video.path.split()) > 1 for part in parts.values() for video in part
    )
    delimiter = '\t' if spaced else ' '
    said = []
    for split, part in parts.items():
        path = target if split == 'train' else target.with_name(f'{split}.txt')
        if not part:
            path.unlink(missing_ok=True)
            continue
        lines = [
            f'{video.path}{delimiter}{classes.index(video.label)}\n' for video in part
        ]
        write_text(path, ''.join(lines))
        said.append(f'{path}: {len(part)} videos of {len(classes)} classes')
    said.append(f'{target.with_name(CLASSES)}: {len(classes)} class names')
    if spaced:
        said.append("paths contain spaces: use VideoDataset(delimiter='\\t')")
    return said
