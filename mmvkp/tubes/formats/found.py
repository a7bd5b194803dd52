"""Result of a reader, and steps that several readers share."""

import itertools
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Dict, Iterable, List, Optional, Tuple

import numpy as np

from ...checks import shorten
from .. import limits


@dataclass
class Found:
    """Content of the sources.

    Args:
        labels (list[str]): Class names.
        tubes (list[tuple[str, int, np.ndarray]]): Video, class from 0, and
            (n, 5) `frame, x1, y1, x2, y2`; frames from 1, pixels from 0, ends
            inclusive.
        num_frames (dict[str, int]): Length of each video, where known.
        resolution (dict[str, tuple[int, int]]): Height and width of each video,
            where known.
        splits (tuple, optional): Training and test videos, a list for each
            split, if the source has them.
        faults (list[str]): Invalid records with their place in the source.
        notes (list[str]): Remarks for the user.
        rows (int): Rows of all tubes, an upper bound.
    """

    labels: List[str] = field(default_factory=list)
    tubes: List[Tuple[str, int, np.ndarray]] = field(default_factory=list)
    num_frames: Dict[str, int] = field(default_factory=dict)
    resolution: Dict[str, Tuple[int, int]] = field(default_factory=dict)
    splits: Optional[Tuple[List[List[str]], List[List[str]]]] = None
    faults: List[str] = field(default_factory=list)
    notes: List[str] = field(default_factory=list)
    rows: int = 0

    def add(
        self, video: str, label: int, boxes: Dict[int, np.ndarray], max_gap: int
    ) -> None:
        """Add the boxes of one actor and class.

        Args:
            video (str): Name of the video.
            label (int): Class, from 0.
            boxes (dict[int, np.ndarray]): Box of shape (4,) by frame, from 1.
            max_gap (int): See `split_at_gaps`.

        Raises:
            ValueError: If all tubes have more than `MAX_ROWS` rows.
        """
        if not boxes:
            return
        first, last = min(boxes), max(boxes)
        if first < 1 or last > limits.MAX_FRAMES:
            self.faults.append(
                f'{video}: a box is in frame {shorten(first if first < 1 else last)}, '
                f'outside [1, {limits.MAX_FRAMES}].'
            )
            return
        # No more than that is interpolated.
        self.rows += min(last - first + 1, len(boxes) * (max_gap + 1))
        if self.rows > limits.MAX_ROWS:
            raise ValueError(
                f'{video}: the tubes up to here have more than {limits.MAX_ROWS} rows; '
                'reduce --max-gap, or split the source.'
            )
        for tube in split_at_gaps(boxes, max_gap):
            self.tubes.append((video, label, tube))


def split_at_gaps(boxes: Dict[int, np.ndarray], max_gap: int) -> List[np.ndarray]:
    """Make tubes without missing frames.

    Args:
        boxes (dict[int, np.ndarray]): Box of shape (4,) by frame.
        max_gap (int): Gaps of up to this many frames are interpolated; a longer
            gap splits the tube.

    Returns:
        list[np.ndarray]: (n, 5) float32 `frame, x1, y1, x2, y2`.
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
    """Read class names by number, from 1.

    Args:
        path (Path): A text file with one name per line, or the `.pbtxt` of AVA
            with its own numbers.

    Raises:
        ValueError: If the file has no names.
    """
    text = limits.read_text(path)
    if path.suffix == '.pbtxt':
        names = re.findall(r'name:\s*["\'](.*?)["\']', text)
        numbers = re.findall(r'\b(?:label_)?id:\s*(\d{1,9})\b', text)
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
    """Class names from the folders of the videos.

    Args:
        uses (Iterable[tuple[int, str, str]]): Class from 0, name of a video
            `CLASS/CLIP`, and the place of this record.
        given (list[str], optional): Names from the user; they take precedence.
        found (Found): Contradictions are added to its faults.

    Returns:
        list[str]: One name for each class.
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
                f'{names[label]} in {first[label]}; give the names with --labels.'
            )
        first.setdefault(label, place)
    count = max(names, default=-1) + 1
    if given is None and count != len(names):
        missing = next(number for number in itertools.count() if number not in names)
        found.faults.append(
            f'{first[max(names)]}: class {shorten(count)}, but no video has class '
            f'{missing + 1}; classes count from 1 without gaps. Give the names with '
            '--labels.'
        )
        return []
    return [names.get(label, '') for label in range(count)]
