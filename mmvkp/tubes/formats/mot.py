"""Readers of MOT and MOTS, one text file for each sequence.

MOT has rows `frame, id, left, top, width, height, flag, class, visibility`; frames and
pixels count from 1, and rows with the flag 0 are not considered. The ten columns of MOT
2015 have a position in place of the class. MOTS has `frame id class height width mask`.
`seqinfo.ini` has the length and the size.

Source: motchallenge.net/instructions; Voigtlaender et al., "MOTS: Multi-Object Tracking
and Segmentation", CVPR 2019, and the page of its format.
"""

import configparser
from pathlib import Path
from typing import Dict, Iterator, List, Optional, Tuple

import numpy as np

from ...checks import shorten
from ...class_files import read_label_map
from ...text_lists import read_lines
from .. import limits
from .collector import Collector
from .cvat_shapes import number
from .found import Found
from .options import FormatOptions
from .rle import hull_of_runs

# The class of MOT 2015, and of the considered rows of the later years.
MOT_NAMES = {1: 'pedestrian'}
MOTS_NAMES = {1: 'car', 2: 'pedestrian'}
MOTS_IGNORED = 10


def _sequences(sources: List[Path], found: Found) -> Iterator[Tuple[Path, str]]:
    """Files of all sequences and their names; lengths and sizes are stored."""
    for source in sources:
        paths = [source]
        if source.is_dir():
            paths = sorted(source.rglob('gt.txt')) or [
                path for path in sorted(source.rglob('*.txt')) if path.stem != 'labels'
            ]
        if not paths:
            raise ValueError(f'{source}: files <sequence>/gt/gt.txt are missing.')
        for path in paths:
            folder, name = path.parent, path.stem
            if name == 'gt':
                folder = folder.parent if folder.name == 'gt' else folder
                name = folder.resolve().name
                if source.is_dir() and folder != source and source in folder.parents:
                    name = folder.relative_to(source).as_posix()
            if name in found.videos:
                raise ValueError(f'{path}: another file of the sequence {name}.')
            found.videos[name] = None
            _read_info(folder / 'seqinfo.ini', name, found)
            yield path, name


def _read_info(path: Path, video: str, found: Found) -> None:
    """Store the length and size of `seqinfo.ini`, if it exists."""
    if not path.is_file():
        return
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string(limits.read_text(path))
        values = dict(parser['Sequence'])
        length, height, width = (
            limits.whole_number(key, values[key.lower()], 1, high)
            for key, high in (
                ('seqLength', limits.MAX_FRAMES),
                ('imHeight', limits.MAX_SIDE),
                ('imWidth', limits.MAX_SIDE),
            )
        )
    except (configparser.Error, KeyError) as error:
        raise ValueError(f'{path}: {limits.short_text(error)} is missing.') from error
    except ValueError as error:
        raise ValueError(f'{path}: {limits.short_text(error)}') from error
    found.num_frames[video], found.resolution[video] = length, (height, width)


def read_mot(sources: List[Path], options: FormatOptions) -> Found:
    """Read MOT files.

    Args:
        sources (list[Path]): Files, or folders of `SEQUENCE/gt/gt.txt`.
        options (FormatOptions): `first_pixel`, `label_map` and `max_gap` are used;
            without a label map the names are in `labels.txt` beside the file; without
            both, class 1 is `pedestrian`.

    Raises:
        ValueError: If a folder has no such files.
    """
    found, names = Found(), dict(options.label_map or {})
    collector = Collector(found)
    for path, video in _sequences(sources, found):
        beside = path.with_name('labels.txt')
        given = options.label_map
        if given is None and beside.is_file():
            given = read_label_map(beside)
            for key, name in given.items():
                if names.setdefault(key, name) != name:
                    raise ValueError(f'{beside}: class {key} has another name before.')
        first_pixel = options.first_pixel
        if first_pixel is None:
            # CVAT and Datumaro write labels.txt, and pixels from 0.
            first_pixel = 0 if beside.is_file() else 1
        for line, text in read_lines(path):
            _read_row(
                f'{path}, line {line}', text, video, given, first_pixel, collector
            )
    collector.finish(options.max_gap)
    found.name_classes(names or MOT_NAMES)
    return found


def _read_row(
    place: str,
    text: str,
    video: str,
    names: Optional[Dict[int, str]],
    first_pixel: int,
    collector: Collector,
) -> None:
    """Read a row of MOT."""
    found = collector.found
    cells = text.split(',') if ',' in text else text.split()
    try:
        if not 6 <= len(cells) <= 10:
            raise ValueError(f'{len(cells)} columns')
        frame = limits.whole_number('frame', cells[0], 1, limits.MAX_FRAMES)
        person = limits.whole_number('id', cells[1], 0, 2**53)
        left, top, width, height = map(number, cells[2:6])
        has_class = len(cells) >= 8 and (len(cells) < 10 or names is not None)
        known = MOT_NAMES if names is None else names
        label = limits.whole_number('class', cells[7], 0, 2**31) if has_class else 1
        considered = len(cells) < 7 or number(cells[6]) != 0
    except ValueError as error:
        found.faults.append(
            f'{place}: {shorten(text)} is not frame, id, left, top, width, height, '
            f'flag, class, visibility ({limits.short_text(error)}).'
        )
        return
    if not considered:
        found.leave_out('shapes', 'not considered (flag 0)', place)
    elif label not in known:
        found.faults.append(f'{place}: class {label} has no name; give --labels.')
    else:
        x, y = left - first_pixel, top - first_pixel
        box = np.array([x, y, x + width - 1, y + height - 1])
        collector.put(video, label, person, frame, box, place)


def read_mots(sources: List[Path], options: FormatOptions) -> Found:
    """Read text files of MOTS; masks become their upright hulls.

    Args:
        sources (list[Path]): Files, or folders of them.
        options (FormatOptions): `first_frame`, `label_map` and `max_gap` are used.

    Raises:
        ValueError: If a folder has no such files.
    """
    found, names = Found(), options.label_map or MOTS_NAMES
    collector, rows = Collector(found), []
    for path, video in _sequences(sources, found):
        for line, text in read_lines(path):
            place = f'{path}, line {line}'
            try:
                row = _parse_mask(text)
            except ValueError as error:
                found.faults.append(
                    f'{place}: {shorten(text)} is not frame, id, class, height, width '
                    f'and mask ({limits.short_text(error)}).'
                )
                continue
            frame, person, label, size, box = row
            if found.resolution.setdefault(video, size) != size:
                found.faults.append(f'{place}: {video} has another size before.')
            if label == MOTS_IGNORED and label not in names:
                found.leave_out('shapes', 'a region to ignore (class 10)', place)
            elif label not in names:
                found.faults.append(f'{place}: class {label} has no name.')
            elif box is None:
                found.leave_out('shapes', 'an empty mask', place)
            else:
                rows.append((video, label, person, frame, box, place))
    first = options.first_frame
    if first is None:
        first = 0 if any(row[3] == 0 for row in rows) else 1
        found.notes.append(f'frames count from {first}; --first-frame changes it')
    for video, label, person, frame, box, place in rows:
        collector.put(video, label, person, frame + 1 - first, box, place)
    collector.finish(options.max_gap, hull=True)
    found.notes.append(f'{len(rows)} masks were converted to their upright hull')
    found.name_classes(names)
    return found


def _parse_mask(
    text: str,
) -> Tuple[int, int, int, Tuple[int, int], Optional[np.ndarray]]:
    """Frame, id, class, size and box of a row of MOTS."""
    cells = text.split()
    if len(cells) != 6:
        raise ValueError(f'{len(cells)} columns')
    high = (limits.MAX_FRAMES, 2**53, 2**31, limits.MAX_SIDE, limits.MAX_SIDE)
    frame, person, label, height, width = (
        limits.whole_number('a number', cell, low, top)
        for cell, low, top in zip(cells, (0, 0, 0, 1, 1), high)
    )
    box = hull_of_runs(cells[5], height, width)
    return frame, person, label, (height, width), box
