"""Reader of one text file per frame: `CLASS/VIDEO/00001.txt`.

Each line is `class x1 y1 x2 y2`: the number of the class, from 1, or its name, and the
box in pixels from 0, ends inclusive. The files hold no identities, so boxes of
successive frames are linked by IoU. The files of YOLO have `class x y w h`: centre and
size in shares of the frame.
"""

import re
from pathlib import Path
from typing import Dict, Hashable, List, Tuple

import numpy as np

from ...checks import shorten
from ...console import track
from ...text_lists import read_lines
from .. import limits
from ..iou import box_iou
from .found import Found, name_numbers
from .options import FormatOptions

COORDINATES = ('pixels', 'centre-size', 'corners')
# Boxes may leave the frame a little; chosen here.
SLACK = 0.2
Row = Tuple[Hashable, np.ndarray]


def read_txt_folders(sources: List[Path], options: FormatOptions) -> Found:
    """Read folders of text files.

    Args:
        sources (list[Path]): Folders of `CLASS/VIDEO`.
        options (FormatOptions): `coordinates`, `first_class`, `iou_threshold`,
            `label_map` and `max_gap` are used.

    Raises:
        ValueError: If a folder has no such files.
    """
    found, uses = Found(), []
    first = options.first_class
    if options.label_map and 0 in options.label_map:
        first = 0
    for source in sources:
        folders = sorted({path.parent for path in source.rglob('*.txt')})
        if not folders:
            raise ValueError(f'{source}: files <class>/<video>/00001.txt are missing.')
        for folder in track(folders, str(source)):
            video = folder.relative_to(source).as_posix()
            found.videos[video] = None
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
                rows = read_boxes(path, found, first)
                if options.coordinates != 'pixels' and any(
                    (np.abs(box) > 1 + SLACK).any() for _, box in rows
                ):
                    found.faults.append(
                        f'{path}: a coordinate is larger than 1; --coordinates '
                        f'{options.coordinates} reads shares of the frame.'
                    )
                    continue
                uses += [(label, video, str(path)) for label, _ in rows]
                frames[int(path.stem)] = [
                    (label, to_pixels(box, video, options)) for label, box in rows
                ]
            for label, boxes in link(frames, options.iou_threshold, options.max_gap):
                found.add(video, label, boxes, options.max_gap)
    name_numbers(uses, options.label_map, found, options.first_class)
    return found


def to_pixels(box: np.ndarray, video: str, options: FormatOptions) -> np.ndarray:
    """Box (4,) `x1, y1, x2, y2` in pixels, ends inclusive.

    Args:
        box (np.ndarray): (4,) in the units of `options.coordinates`.
        video (str): Name of the video, for its size.
        options (FormatOptions): `coordinates` and `media` are used.
    """
    if options.coordinates == 'pixels':
        return box
    height, width = options.media.resolution(video)
    if options.coordinates == 'centre-size':
        centre, half = box[:2], box[2:] / 2
        box = np.concatenate([centre - half, centre + half])
    # The far edge of the last pixel is 1.
    return box * (width, height, width, height) - (0, 0, 1, 1)


def read_boxes(path: Path, found: Found, first_class: int = 1) -> List[Row]:
    """Read the boxes of one frame.

    Args:
        path (Path): The text file.
        found (Found): Invalid lines are added to its faults.
        first_class (int): Smallest number of a class.

    Returns:
        list[tuple[int | str, np.ndarray]]: Number or name of the class, and box of
        shape (4,).
    """
    rows: List[Row] = []
    for number, line in read_lines(path):
        if len(rows) == limits.MAX_BOXES_PER_FRAME:
            found.faults.append(
                f'{path}: has more than {limits.MAX_BOXES_PER_FRAME} boxes.'
            )
            return rows
        parts = line.split()
        try:
            box = np.array(parts[-4:], float)
            label: Hashable = ' '.join(parts[:-4])
            if len(box) != 4 or not label or len(str(label)) > limits.MAX_NAME:
                raise ValueError
            if re.fullmatch(r'[-+.\d]+(e[-+]?\d+)?', str(label)):
                label = limits.whole_number(
                    'class', label, first_class, limits.MAX_CLASSES
                )
            elif len(parts) > 5 and re.fullmatch(r'[-+.\d]+', parts[-5]):
                raise ValueError  # more numbers than a box has
        except ValueError:
            found.faults.append(
                f'{path}, line {number}: {shorten(line)} is not "class x1 y1 x2 y2" '
                f'with a name or with a class from {first_class} to '
                f'{limits.MAX_CLASSES}; --first-class sets the smallest number.'
            )
            continue
        rows.append((label, box))
    return rows


def link(
    frames: Dict[int, List[Row]], iou_threshold: float, max_gap: int
) -> List[Tuple[Hashable, Dict[int, np.ndarray]]]:
    """Link boxes of one class in successive frames, the best IoU first.

    Args:
        frames (dict[int, list[tuple[Hashable, np.ndarray]]]): Classes and boxes of
            shape (4,) by frame.
        iou_threshold (float): A box with a lower IoU starts a new track.
        max_gap (int): Frames that a track may miss.

    Returns:
        list[tuple[Hashable, dict[int, np.ndarray]]]: Class, and boxes by frame.
    """
    tracks: List[Tuple[Hashable, Dict[int, np.ndarray]]] = []
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
