"""Lists that `mmvkp data make-list` has written, read again."""

from pathlib import Path
from typing import Dict, List, NamedTuple

from ..class_files import read_class_names
from ..files import read_text
from .own_videos import SPLITS


class OwnLists(NamedTuple):
    """Lists of own videos.

    Args:
        folder (Path): Their folder, absolute.
        classes (list[str]): Names of the classes.
        labels (dict[str, list[str]]): Class name of each video, by split.
        delimiter (str): Character between path and label.
    """

    folder: Path
    classes: List[str]
    labels: Dict[str, List[str]]
    delimiter: str

    def path_of(self, split: str) -> str:
        """Name of the list of a split; validation and test replace each other."""
        other = {'val': 'test', 'test': 'val'}.get(split, split)
        return f'{split if self.labels[split] else other}.txt'


def read_own_lists(folder: Path) -> OwnLists:
    """Read train.txt, val.txt, test.txt and classes.txt of a folder.

    Args:
        folder (Path): The folder, or a table in it.

    Raises:
        FileNotFoundError: If the training list or the names are missing.
        ValueError: If a line is invalid, or there is neither val.txt nor test.txt.
    """
    if folder.suffix.lower() == '.csv':
        folder = folder.parent
    for name in ('train.txt', 'classes.txt'):
        if not (folder / name).is_file():
            raise FileNotFoundError(
                f'{folder} has no {name}; run `mmvkp data make-list {folder}` first.'
            )
    classes = read_class_names(str(folder / 'classes.txt'))
    delimiter = '\t' if '\t' in read_text(folder / 'train.txt') else ' '
    labels = {
        split: _read_labels(folder / f'{split}.txt', delimiter, classes)
        for split in SPLITS
    }
    if not labels['val'] and not labels['test']:
        raise ValueError(
            f'{folder} has neither val.txt nor test.txt; run `mmvkp data make-list` '
            'with --val or --test above 0.'
        )
    return OwnLists(folder.resolve(), classes, labels, delimiter)


def _read_labels(path: Path, delimiter: str, classes: List[str]) -> List[str]:
    """Class name of each line of a list; empty if the list is missing."""
    lines = read_text(path).splitlines() if path.is_file() else []
    names = []
    for number, line in enumerate(lines, 1):
        _, found, label = line.rstrip().rpartition(delimiter)
        if not found or not label.isdecimal() or int(label) >= len(classes):
            raise ValueError(
                f'{path}, line {number}: {line!r} does not end in a label from 0 to '
                f'{len(classes) - 1}; write the lists with `mmvkp data make-list`.'
            )
        names.append(classes[int(label)])
    return names
