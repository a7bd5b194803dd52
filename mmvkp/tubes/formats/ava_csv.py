"""Reader of the tables of AVA.

Rows are `video, second, x1, y1, x2, y2, class, person`: a box at that time, relative
to the size of the frame. Each action of a person has its own row. Classes have the
numbers of the list of actions. AVA-Kinetics has fractions of seconds, and rows without
a box.
"""

import math
import re
from collections import defaultdict
from pathlib import Path
from typing import Dict, List, Optional, Sequence, Set, Tuple

import numpy as np

from ...checks import shorten
from ...text_lists import read_lines, read_rows
from ..limits import MAX_FRAMES, short_text
from .found import Found
from .options import FormatOptions

# Boxes of detectors leave the image a little; --clip clips them. Chosen here.
SLACK = 0.2
DEFAULT_FPS = 30.0


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
    found, fps = Found(), options.fps or DEFAULT_FPS
    found.name_classes(labels)
    excluded = _read_excluded(options.exclude, found)
    tracks: Dict[Tuple[str, int, int], Dict[int, np.ndarray]] = defaultdict(dict)
    empty = 0
    for source in sources:
        for line, row in read_rows(source):
            place = f'{source}, line {line}'
            try:
                video, second, box, number, person = _parse(row, options.start, fps)
            except ValueError as error:
                found.faults.append(f'{place}: {error}')
                continue
            found.videos[video] = None
            if box is None:
                empty += 1
            elif (video, second) in excluded:
                found.leave_out('shapes', 'excluded timestamp', place)
            elif number not in labels:
                found.leave_out('shapes', f'class {number} is not in --labels', place)
            else:
                height, width = options.media.resolution(video)
                frame = _frame_at(video, second - options.start, options)
                track = tracks[video, number, person]
                if frame in track:
                    found.faults.append(
                        f'{place}: person {person} has class {number} in second '
                        f'{second:g} twice.'
                    )
                edges = box * (width, height, width, height)
                track[frame] = edges - (0, 0, 1, 1)
    for (video, number, _), track in tracks.items():
        found.add(video, number, track, options.max_gap)
    if empty:
        found.notes.append(f'{empty} rows have no box')
    return found


def _frame_at(video: str, time: float, options: FormatOptions) -> int:
    """Frame, from 1, at a time in seconds after the first frame.

    The frames of AVA were extracted with 30 frames per second; video files have their
    own times.
    """
    if options.fps is None and options.media.videos:
        return options.media.frame_at(video, time, None)
    return round((options.fps or DEFAULT_FPS) * time) + 1


def _parse(
    row: Sequence[str], start: int, fps: float
) -> Tuple[str, float, Optional[np.ndarray], int, int]:
    """Video, second, box (4,) or None, class number and person of a row."""
    video = row[0].strip()
    if len(row) > 1 and not any(map(str.strip, row[2:])):
        return video, 0, None, 0, 0
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
    last = start + int(MAX_FRAMES / fps)
    if not start <= second <= last:
        raise ValueError(
            f'second {short_text(row[1], 40)} is not a number from {start} '
            f'(--start) to {last}.'
        )
    if not all(math.isfinite(edge) and -SLACK <= edge <= 1 + SLACK for edge in box):
        raise ValueError(f'box {shorten(row[2:6])} is not inside [0, 1].')
    return video, second, box, number, person


def _read_excluded(paths: Sequence[Path], found: Found) -> Set[Tuple[str, float]]:
    """Excluded pairs of video and second."""
    excluded = set()
    for path in paths:
        for number, line in read_lines(path):
            video, _, second = line.rpartition(',')
            if not video or not re.fullmatch(r'[0-9]{1,9}(\.[0-9]*)?', second.strip()):
                found.faults.append(
                    f'{path}, line {number}: {shorten(line)} is not "video,second".'
                )
                continue
            excluded.add((video.strip().strip('"'), float(second)))
    return excluded
