"""Files with the same content under different names."""

import hashlib
from collections import defaultdict
from pathlib import Path
from typing import Dict, List, Sequence


def find_same(folder: Path, paths: Sequence[str]) -> List[List[str]]:
    """Sets of files with the same content; only files of equal size are read.

    Args:
        folder (Path): Folder of all files.
        paths (Sequence[str]): Paths below it.

    Returns:
        list[list[str]]: At least two paths each, in the order of `paths`.
    """
    sizes: Dict[int, List[str]] = defaultdict(list)
    for path in paths:
        sizes[(folder / path).stat().st_size].append(path)
    contents: Dict[bytes, List[str]] = defaultdict(list)
    for same in sizes.values():
        for path in same if len(same) > 1 else ():
            with open(folder / path, 'rb') as file:
                key = hashlib.sha256()
                while block := file.read(1 << 20):
                    key.update(block)
            contents[key.digest()].append(path)
    return [each for each in contents.values() if len(each) > 1]


def join_groups(
    paths: Sequence[str], groups: Sequence[str], same: Sequence[Sequence[str]]
) -> List[str]:
    """Groups in which files with the same content are together.

    Args:
        paths (Sequence[str]): All files.
        groups (Sequence[str]): Group of each file.
        same (Sequence[Sequence[str]]): Result of `find_same`.

    Returns:
        list[str]: Group of each file; groups that share a content are one.
    """
    joined = list(groups)
    for files in same:
        known = {group for path, group in zip(paths, joined) if path in files}
        first = min(known)
        joined = [first if group in known else group for group in joined]
    return joined
