"""Annotation lists of own videos, made from a folder of class folders."""

import random
from pathlib import Path
from typing import Dict, List, Optional, Sequence

from ..files import write_text

ENDINGS = ('.avi', '.flv', '.m4v', '.mkv', '.mov', '.mp4', '.mpeg', '.mpg', '.webm')
CLASSES, VAL = 'classes.txt', 'val.txt'


def find_videos(folder: Path) -> Dict[str, List[str]]:
    """Videos of each class.

    Args:
        folder (Path): Folder with one folder of videos per class.

    Returns:
        dict[str, list[str]]: Paths in `folder` by class, both sorted.

    Raises:
        FileNotFoundError: If the folder is missing.
        ValueError: If it has no class folders, a class has no videos, or a path
            contains a space.
    """
    if not folder.is_dir():
        raise FileNotFoundError(f'no folder {folder}.')
    found: Dict[str, List[str]] = {}
    for each in sorted(folder.iterdir()):
        if not each.is_dir() or each.name.startswith('.'):
            continue
        found[each.name] = sorted(
            path.relative_to(folder).as_posix()
            for path in each.rglob('*')
            if path.suffix.lower() in ENDINGS and not path.name.startswith('.')
        )
        if not found[each.name]:
            raise ValueError(
                f'{each} contains no videos ({", ".join(ENDINGS)}); add some or '
                'remove the folder.'
            )
        for path in found[each.name]:
            if len(path.split()) > 1:
                raise ValueError(
                    f'{folder / path} contains a space, which ends a path in an '
                    'annotation list; rename the file or its folder.'
                )
    if not found:
        raise ValueError(
            f'{folder} has no class folders; put the videos of each class into a '
            'folder with its name.'
        )
    return found


def split_videos(
    videos: Dict[str, List[str]], share: float, seed: int = 0
) -> List[Dict[str, List[str]]]:
    """Split the videos of each class at random.

    A class with several videos has at least one in each part; a single video is
    used for training.

    Args:
        videos (dict[str, list[str]]): Result of `find_videos`.
        share (float): Share of the validation part, in (0, 1).
        seed (int): Seed of the split.

    Returns:
        list[dict[str, list[str]]]: Training and validation part.

    Raises:
        ValueError: If the share is outside (0, 1).
    """
    if not 0 < share < 1:
        raise ValueError(f'the validation share {share} is outside (0, 1).')
    train, val = {}, {}
    for name, paths in videos.items():
        count = min(max(1, round(share * len(paths))), len(paths) - 1)
        chosen = set(random.Random(f'{seed} {name}').sample(paths, count))
        val[name] = [each for each in paths if each in chosen]
        train[name] = [each for each in paths if each not in chosen]
    return [train, val]


def write_lists(
    folder: str, out: str, val: Optional[float] = None, seed: int = 0
) -> List[str]:
    """Write the list of a folder of videos and the names of its classes.

    Args:
        folder (str): Folder with one folder of videos per class.
        out (str): List with lines `class/video.mp4 label`; `classes.txt` is
            written beside it.
        val (float, optional): Share of the videos that goes to `val.txt`, beside
            `out`.
        seed (int): Seed of the split.

    Returns:
        list[str]: One line per written file.

    Raises:
        FileNotFoundError: If the folder is missing.
        ValueError: See `find_videos` and `split_videos`.
    """
    target = Path(out)
    if target.name in (CLASSES, VAL):
        raise ValueError(f'{out}: this name is reserved; use train.txt, for example.')
    videos = find_videos(Path(folder))
    parts: Sequence[Dict[str, List[str]]] = [videos]
    if val is not None:
        parts = split_videos(videos, val, seed)
    said = []
    for path, part in zip((target, target.with_name(VAL)), parts):
        lines = [
            f'{video} {label}\n'
            for label, name in enumerate(part)
            for video in part[name]
        ]
        write_text(path, ''.join(lines))
        said.append(f'{path}: {len(lines)} videos of {len(videos)} classes')
    classes = target.with_name(CLASSES)
    write_text(classes, ''.join(f'{name}\n' for name in videos))
    return [*said, f'{classes}: {len(videos)} class names']
