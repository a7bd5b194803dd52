"""A text file for each frame: ``<class>/<video>/00001.txt``.

Each line is ``class x1 y1 x2 y2``, the class from 1 and the box in pixels
from 0 with ``x2`` and ``y2`` inside. Nothing says which boxes of different
frames are the same person, so they are joined by overlap.
"""

from argparse import Namespace
from pathlib import Path
from typing import Dict, List, Tuple

import numpy as np
from mmengine.utils import track_iter_progress

from ..iou import box_iou
from .found import Found, names_of_folders


def read_txt_folders(sources: List[Path], options: Namespace) -> Found:
    """Read folders of text files.

    Args:
        sources (List[Path]): Folders of ``<class>/<video>``.
        options (Namespace): Of the command.

    Raises:
        ValueError: If a folder holds no such files.
    """
    found, uses = Found(), []
    for source in sources:
        folders = sorted({path.parent for path in source.rglob('*.txt')})
        if not folders:
            raise ValueError(f'{source}: there are no files <class>/<video>/00001.txt.')
        for folder in track_iter_progress(folders):
            video = folder.relative_to(source).as_posix()
            frames = {}
            for path in sorted(folder.glob('*.txt')):
                if not path.stem.isdigit() or int(path.stem) < 1:
                    found.faults.append(
                        f'{path}: the name is no number of a frame from 1.'
                    )
                    continue
                frames[int(path.stem)] = read_lines(path, found)
                uses += [
                    (label, video, str(path)) for label, _ in frames[int(path.stem)]
                ]
            for label, track in link(frames, options.link_iou, options.max_gap):
                found.add(video, label, track, options.max_gap)
        print()
    found.labels = names_of_folders(uses, options.labels, found)
    return found


def read_lines(path: Path, found: Found) -> List[Tuple[int, np.ndarray]]:
    """Classes from 0 and boxes (4,) of one frame; other lines are faults."""
    rows = []
    for number, line in enumerate(path.read_text().splitlines(), 1):
        parts = line.split()
        if not parts:
            continue
        try:
            label, box = float(parts[0]), np.array(parts[1:], float)
            if len(box) != 4 or not label.is_integer() or label < 1:
                raise ValueError
        except ValueError:
            found.faults.append(
                f'{path}, line {number}: {line.strip()!r} is not "class x1 y1 '
                'x2 y2" with a class from 1.'
            )
            continue
        rows.append((int(label) - 1, box))
    return rows


def link(
    frames: Dict[int, List[Tuple[int, np.ndarray]]], min_iou: float, max_gap: int
) -> List[Tuple[int, Dict[int, np.ndarray]]]:
    """Join boxes of one class in successive frames, the best overlap first.

    Args:
        frames (Dict[int, List[Tuple[int, np.ndarray]]]): Classes and boxes.
        min_iou (float): Overlap below which a new track begins.
        max_gap (int): Frames that a track may miss.

    Returns:
        List[Tuple[int, Dict[int, np.ndarray]]]: Class, and boxes by frame.
    """
    tracks: List[Tuple[int, Dict[int, np.ndarray]]] = []
    for frame in sorted(frames):
        rows = list(frames[frame])
        pairs = []
        for i, (label, track) in enumerate(tracks):
            last = max(track)
            if frame - last > max_gap + 1:
                continue
            pairs += [
                (float(box_iou(track[last], box)), i, j)
                for j, (other, box) in enumerate(rows)
                if other == label
            ]
        used, extended = set(), set()
        for overlap, i, j in sorted(pairs, key=lambda p: (-p[0], p[1], p[2])):
            if overlap < min_iou or j in used or i in extended:
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
