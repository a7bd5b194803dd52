"""Reader of one text file per frame: `CLASS/VIDEO/00001.txt`.

Each line is `class x1 y1 x2 y2`, the class from 1 and the box in pixels from 0,
ends inclusive. The files hold no identities, so boxes of successive frames are
linked by IoU.
"""

import re
from pathlib import Path
from typing import Dict, List, Tuple

import numpy as np

from ...checks import shorten
from ...console import track
from .. import limits
from ..iou import box_iou
from .found import Found, names_of_folders
from .options import FormatOptions


def read_txt_folders(sources: List[Path], options: FormatOptions) -> Found:
    """Read folders of text files.

    Args:
        sources (list[Path]): Folders of `CLASS/VIDEO`.
        options (FormatOptions): `iou_threshold`, `label_map` and `max_gap` are used.

    Raises:
        ValueError: If a folder has no such files.
    """
    found, uses = Found(), []
    for source in sources:
        folders = sorted({path.parent for path in source.rglob('*.txt')})
        if not folders:
            raise ValueError(f'{source}: files <class>/<video>/00001.txt are missing.')
        for folder in track(folders, str(source)):
            video = folder.relative_to(source).as_posix()
            frames = {}
            for path in sorted(folder.glob('*.txt')):
                if not re.fullmatch('[0-9]{1,9}', path.stem) or not (
                    1 <= int(path.stem) <= limits.MAX_FRAMES
                ):
                    found.faults.append(
                        f'{path}: the name is not a frame number from 1 to '
                        f'{limits.MAX_FRAMES}.'
                    )
                    continue
                frames[int(path.stem)] = read_lines(path, found)
                uses += [
                    (label, video, str(path)) for label, _ in frames[int(path.stem)]
                ]
            for label, boxes in link(frames, options.iou_threshold, options.max_gap):
                found.add(video, label, boxes, options.max_gap)
    found.labels = names_of_folders(uses, options.labels, found)
    return found


def read_lines(path: Path, found: Found) -> List[Tuple[int, np.ndarray]]:
    """Read the boxes of one frame.

    Args:
        path (Path): The text file.
        found (Found): Invalid lines are added to its faults.

    Returns:
        list[tuple[int, np.ndarray]]: Class from 0 and box of shape (4,).
    """
    rows: List[Tuple[int, np.ndarray]] = []
    for number, line in enumerate(limits.read_text(path).splitlines(), 1):
        if len(rows) == limits.MAX_BOXES_PER_FRAME:
            found.faults.append(
                f'{path}: has more than {limits.MAX_BOXES_PER_FRAME} boxes.'
            )
            return rows
        parts = line.split()
        if not parts:
            continue
        try:
            label = limits.whole_number('class', parts[0], 1, limits.MAX_CLASSES)
            box = np.array(parts[1:6], float)
            if len(box) != 4:
                raise ValueError
        except ValueError:
            found.faults.append(
                f'{path}, line {number}: {shorten(line.strip())} is not "class x1 y1 '
                f'x2 y2" with a class from 1 to {limits.MAX_CLASSES}.'
            )
            continue
        rows.append((label - 1, box))
    return rows


def link(
    frames: Dict[int, List[Tuple[int, np.ndarray]]], iou_threshold: float, max_gap: int
) -> List[Tuple[int, Dict[int, np.ndarray]]]:
    """Link boxes of one class in successive frames, the best IoU first.

    Args:
        frames (dict[int, list[tuple[int, np.ndarray]]]): Classes and boxes of
            shape (4,) by frame.
        iou_threshold (float): A box with a lower IoU starts a new track.
        max_gap (int): Frames that a track may miss.

    Returns:
        list[tuple[int, dict[int, np.ndarray]]]: Class, and boxes by frame.
    """
    tracks: List[Tuple[int, Dict[int, np.ndarray]]] = []
    for frame in sorted(frames):
        rows = list(frames[frame])
        pairs = []
        for i, (label, boxes) in enumerate(tracks):
            last = max(boxes)
            if frame - last > max_gap + 1:
                continue
            pairs += [
                (float(box_iou(boxes[last], box)), i, j)
                for j, (other, box) in enumerate(rows)
                if other == label
            ]
        used, extended = set(), set()
        for overlap, i, j in sorted(pairs, key=lambda p: (-p[0], p[1], p[2])):
            if overlap < iou_threshold or j in used or i in extended:
                continue
            tracks[i][1][frame] = rows[j][1]
            used.add(j)
            extended.add(i)
        tracks += [
            (label, {frame: box})
            for j, (label, box) in enumerate(rows)
            if j not in used
        ]
    return tracks
