"""Reader of the tables of AVA.

Rows are `video, second, x1, y1, x2, y2, class, person`: a box at the first
frame of that second, relative to the size of the frame. Each action of a
person has its own row. Classes count from 1.
"""

import csv
import io
import math
import re
from collections import defaultdict
from pathlib import Path
from typing import Dict, List, Sequence, Set, Tuple

import numpy as np

from ...checks import shorten
from ..limits import MAX_FRAMES, read_text, short_text
from .found import Found
from .options import FormatOptions


def read_ava_csv(sources: List[Path], options: FormatOptions) -> Found:
    """Read tables of boxes.

    With `max_gap=0` each annotated key frame is a tube of its own. If `max_gap`
    is at least the distance between two key frames, boxes are interpolated
    between them.

    Args:
        sources (list[Path]): The tables.
        options (FormatOptions): `label_map` is required.

    Raises:
        ValueError: Without a label map.
    """
    labels = options.label_map
    if labels is None:
        raise ValueError('ava-csv needs --labels, the action list .pbtxt.')
    numbers = sorted(labels)
    found = Found([labels[number] for number in numbers])
    excluded = _read_excluded(options.exclude, found)
    tracks: Dict[Tuple[str, int, int], Dict[int, np.ndarray]] = defaultdict(dict)
    unknown: Dict[int, int] = defaultdict(int)
    for source in sources:
        for line, row in enumerate(_rows(source), 1):
            place = f'{source}, line {line}'
            try:
                video, second, box, number, person = _parse(row, options)
            except ValueError as error:
                found.faults.append(f'{place}: {error}')
                continue
            if (video, second) in excluded:
                continue
            if number not in labels:
                unknown[number] += 1
                continue
            height, width = options.media.resolution(video)
            frame = options.fps * (second - options.start) + 1
            track = tracks[video, numbers.index(number), person]
            if frame in track:
                found.faults.append(
                    f'{place}: person {person} has class {number} in second '
                    f'{second} twice.'
                )
            edges = box * (width, height, width, height)
            track[frame] = edges - (0, 0, 1, 1)
    for (video, label, _), track in tracks.items():
        found.add(video, label, track, options.max_gap)
    if unknown:
        found.notes.append(
            f'{sum(unknown.values())} rows were skipped because --labels lacks '
            f'their classes: {", ".join(map(str, sorted(unknown)))}'
        )
    return found


def _rows(path: Path) -> List[List[str]]:
    """Rows of a table."""
    try:
        return list(csv.reader(io.StringIO(read_text(path), newline='')))
    except csv.Error as error:
        raise ValueError(f'{path}: not readable as CSV: {error}.') from error


def _parse(
    row: Sequence[str], options: FormatOptions
) -> Tuple[str, int, np.ndarray, int, int]:
    """Video, second, box (4,), class number and person of a row."""
    if len(row) != 8:
        raise ValueError(
            f'{len(row)} columns; video, second, x1, y1, x2, y2, class and person '
            'are required.'
        )
    try:
        second, box = float(row[1]), np.array(row[2:6], float)
        number, person = int(row[6]), int(row[7])
    except ValueError as error:
        raise ValueError(f'a number cannot be read ({short_text(error)}).') from error
    last = options.start + MAX_FRAMES // options.fps
    if not second.is_integer() or not options.start <= second <= last:
        raise ValueError(
            f'second {short_text(row[1], 40)} is not an integer from {options.start} '
            f'(--start) to {last}.'
        )
    if not all(math.isfinite(edge) and 0 <= edge <= 1 for edge in box):
        raise ValueError(f'box {shorten(row[2:6])} is not inside [0, 1].')
    return row[0], int(second), box, number, person


def _read_excluded(paths: Sequence[Path], found: Found) -> Set[Tuple[str, int]]:
    """Excluded pairs of video and second."""
    excluded = set()
    for path in paths:
        for number, line in enumerate(read_text(path).splitlines(), 1):
            video, _, second = line.strip().rpartition(',')
            if not video or not re.fullmatch('[0-9]{1,9}', second):
                found.faults.append(
                    f'{path}, line {number}: {shorten(line)} is not "video,second".'
                )
                continue
            excluded.add((video, int(second)))
    return excluded
