"""What the readers share: their result, and steps that several need."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Dict, Iterable, List, Optional, Tuple

import numpy as np


@dataclass
class Found:
    """What is in the sources.

    Args:
        labels (List[str]): Names of the classes.
        tubes (List[Tuple[str, int, np.ndarray]]): Video, class from 0, and
            (n, 5) ``frame, x1, y1, x2, y2``; frames from 1, pixels from 0,
            ``x2`` and ``y2`` inside the box.
        nframes (Dict[str, int]): Frames of the videos for which it is known.
        resolution (Dict[str, Tuple[int, int]]): Height and width of those for
            which it is known.
        splits (Tuple, optional): Training and test videos, a list for each
            split, if the source says so.
        faults (List[str]): Records that cannot be right, each with its place.
        notes (List[str]): What the user should know.
    """

    labels: List[str] = field(default_factory=list)
    tubes: List[Tuple[str, int, np.ndarray]] = field(default_factory=list)
    nframes: Dict[str, int] = field(default_factory=dict)
    resolution: Dict[str, Tuple[int, int]] = field(default_factory=dict)
    splits: Optional[Tuple[List[List[str]], List[List[str]]]] = None
    faults: List[str] = field(default_factory=list)
    notes: List[str] = field(default_factory=list)

    def add(
        self, video: str, label: int, boxes: Dict[int, np.ndarray], max_gap: int
    ) -> None:
        """Add one person who does one thing.

        Args:
            video (str): Name of the video.
            label (int): Class, from 0.
            boxes (Dict[int, np.ndarray]): (4,) for each frame, from 1.
            max_gap (int): So many frames without a box are filled by
                interpolation; more end the tube and a new one begins.
        """
        for tube in split_at_gaps(boxes, max_gap):
            self.tubes.append((video, label, tube))


def split_at_gaps(boxes: Dict[int, np.ndarray], max_gap: int) -> List[np.ndarray]:
    """Turn boxes by frame into tubes without missing frames.

    Args:
        boxes (Dict[int, np.ndarray]): (4,) for each frame.
        max_gap (int): Longest gap that is filled.

    Returns:
        List[np.ndarray]: (n, 5) float32 ``frame, x1, y1, x2, y2``.
    """
    frames = np.array(sorted(boxes))
    places = np.array([boxes[frame] for frame in frames], float)
    tubes = []
    for part in np.split(
        np.arange(len(frames)), np.flatnonzero(np.diff(frames) > max_gap + 1) + 1
    ):
        every = np.arange(frames[part[0]], frames[part[-1]] + 1)
        columns = [np.interp(every, frames[part], places[part, i]) for i in range(4)]
        tubes.append(np.column_stack([every, *columns]).astype(np.float32))
    return tubes


def read_labels(path: Path) -> Dict[int, str]:
    """Names of classes by number, from 1.

    Args:
        path (Path): A text file with one name in a line, or the ``.pbtxt`` of
            AVA with its own numbers.

    Raises:
        ValueError: If it holds no names.
    """
    text = path.read_text(encoding='utf-8')
    if path.suffix == '.pbtxt':
        names = re.findall(r'name:\s*["\'](.*?)["\']', text)
        numbers = re.findall(r'\b(?:label_)?id:\s*(\d+)', text)
        if len(names) != len(numbers):
            raise ValueError(f'{path}: has {len(names)} names and {len(numbers)} ids.')
        labels = dict(zip(map(int, numbers), names))
    else:
        names = [line.strip() for line in text.splitlines() if line.strip()]
        labels = dict(enumerate(names, 1))
    if not labels:
        raise ValueError(f'{path}: holds no names of classes.')
    return labels


def names_of_folders(
    uses: Iterable[Tuple[int, str, str]], given: Optional[List[str]], found: Found
) -> List[str]:
    """Names of classes from the folders of the videos.

    Args:
        uses (Iterable[Tuple[int, str, str]]): Class from 0, name of a video
            ``<class>/<clip>``, and the place where that is said.
        given (List[str], optional): Names from the user, which go first.
        found (Found): Gets a fault for each contradiction.

    Returns:
        List[str]: One for each class.
    """
    names: Dict[int, str] = dict(enumerate(given or []))
    first: Dict[int, str] = {}
    for label, video, place in uses:
        name = video.split('/')[0] if '/' in video else f'class {label + 1}'
        if given is not None:
            if not 0 <= label < len(given):
                found.faults.append(
                    f'{place}: class {label + 1} has no name; --labels has '
                    f'{len(given)}.'
                )
        elif names.setdefault(label, name) != name:
            found.faults.append(
                f'{place}: class {label + 1} is in folder {name} here and in '
                f'{names[label]} in {first[label]}; give the names with '
                '--labels.'
            )
        first.setdefault(label, place)
    count = max(names, default=-1) + 1
    if given is None and count != len(names):
        missing = sorted(set(range(count)) - set(names))
        found.faults.append(
            f'no video has class {missing[0] + 1}, but there are classes up '
            f'to {count}; give the names with --labels.'
        )
    return [names.get(label, '') for label in range(count)]
