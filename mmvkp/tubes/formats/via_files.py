"""Regions in the files of the VGG Image Annotator, see `via.py`."""

import csv
import json
import re
from pathlib import Path, PurePosixPath
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np

from ...checks import shorten
from ...text_lists import read_lines
from .. import limits
from .cvat_shapes import number
from .found import Found
from .options import FormatOptions

# The shape of a rectangle in VIA 3.
RECTANGLE = 2
CSV_2 = ('filename', 'region_shape_attributes', 'region_attributes')
CSV_3 = ('file_list', 'temporal_coordinates', 'spatial_coordinates', 'metadata')
_FRAME = re.compile(r'(.*?)(?:[\W_]*(?:frame|img|image|f))?[\W_]*?(\d{1,9})', re.I)


class Region(NamedTuple):
    """A rectangle.

    Args:
        place (str): Its place in the source.
        video (str): Name of the video.
        frame (int): Frame as in the source.
        box (np.ndarray): (4,) `x1, y1, x2, y2`, ends inclusive.
        attributes (dict[str, list[str]]): Values by name.
    """

    place: str
    video: str
    frame: int
    box: np.ndarray
    attributes: Dict[str, List[str]]


class Source:
    """Reader of one file.

    Args:
        path (Path): The file.
        found (Found): Faults, and regions that are left out, are added to it.
        options (FormatOptions): See `read_via`.
    """

    def __init__(self, path: Path, found: Found, options: FormatOptions) -> None:
        self.path, self.found, self.options = path, found, options
        self.timed = False

    def regions(self) -> Iterator[Region]:
        """Regions of the file.

        Raises:
            ValueError: If it has another format.
        """
        for place, record in self._records():
            try:
                region = self._region(place, *record)
            except (TypeError, ValueError, KeyError, AttributeError) as error:
                self.found.faults.append(
                    f'{place}: a region cannot be read '
                    f'({limits.short_text(repr(error))}).'
                )
                continue
            if region is not None:
                yield region

    def _region(
        self, place: str, video: Any, frame: Any, shape: Any, attributes: Any
    ) -> Optional[Region]:
        """Region of a record; None if it is left out."""
        if isinstance(shape, dict):  # VIA 2
            name, values = shape.get('name'), shape
        else:
            codes = {RECTANGLE: 'rect', 8: 'extreme_rect'}
            name = codes.get(shape[0], f'shape {shape[0]}') if shape else 'segment'
            values = dict(zip(('x', 'y', 'width', 'height'), shape[1:5]))
        self.found.videos[video] = None
        if name != 'rect':
            reason = f'a {limits.short_text(name, 40)} is not a rectangle'
            self.found.leave_out('shapes', reason, place)
            return None
        x, y, w, h = (number(str(values[k])) for k in ('x', 'y', 'width', 'height'))
        if w <= 0 or h <= 0:
            raise ValueError(f'width {w}, height {h}')
        texts = {str(k): _texts(value) for k, value in dict(attributes).items()}
        box = np.array([x, y, x + w - 1, y + h - 1])
        return Region(place, video, frame, box, texts)

    def _records(self) -> Iterator[Tuple[str, Tuple[Any, Any, Any, Any]]]:
        """Place, and video, frame, shape and attributes of each record."""
        if self.path.suffix.lower() == '.csv':
            lines = read_lines(self.path)
            rows = [(i, _cells(line)) for i, line in lines if not line.startswith('# ')]
            header = [cell.strip().lstrip('#') for cell in rows[0][1]] if rows else []
            if all(key in header for key in CSV_2):
                yield from self._table_2(rows[1:], header)
            else:
                yield from self._table_3(rows, [line for _, line in lines])
            return
        content = limits.read_json(self.path)
        if not isinstance(content, dict):
            raise ValueError(f'{self.path}: is not a project of VIA.')
        if isinstance(content.get('metadata'), dict) and 'file' in content:
            yield from self._project_3(content)
            return
        pictures = content.get('_via_img_metadata', content)
        if not isinstance(pictures, dict) or not all(
            isinstance(each, dict) and 'filename' in each and 'regions' in each
            for each in pictures.values()
        ):
            raise ValueError(f'{self.path}: is not a project of VIA 2 or 3.')
        for picture in pictures.values():
            video, frame = self._frame_of(picture['filename'])
            self.found.videos[video] = None
            entries = picture['regions']
            entries = list(entries.values()) if isinstance(entries, dict) else entries
            if not isinstance(entries, list):
                raise ValueError(f'{self.path}: regions is {shorten(entries)}.')
            for i, each in enumerate(entries):
                place = f'{self.path}, {shorten(picture["filename"])}, region {i}'
                fields = each if isinstance(each, dict) else {}
                shape = fields.get('shape_attributes')
                attributes = fields.get('region_attributes') or {}
                if not isinstance(shape, dict):
                    raise ValueError(f'{place} is {shorten(each)}.')
                yield place, (video, frame, shape, attributes)

    def _table_2(
        self, rows: List[Tuple[int, List[str]]], header: List[str]
    ) -> Iterator[Tuple[str, Tuple[Any, Any, Any, Any]]]:
        """Records of a table of VIA 2."""
        places = [header.index(key) for key in CSV_2]
        for line, row in rows:
            place = f'{self.path}, line {line}'
            if len(row) != len(header):
                self.found.faults.append(f'{place}: has {len(row)} columns.')
                continue
            video, frame = self._frame_of(row[places[0]])
            shape, attributes = (_json(place, row[at]) for at in places[1:])
            self.found.videos[video] = None
            if shape:  # a picture without a region has {}
                yield place, (video, frame, shape, attributes)

    def _table_3(
        self, rows: List[Tuple[int, List[str]]], lines: Sequence[str]
    ) -> Iterator[Tuple[str, Tuple[Any, Any, Any, Any]]]:
        """Records of a table of VIA 3, whose header is a comment."""
        matches = [re.fullmatch(r'#\s*(\w+)\s*=\s*(.*)', line) for line in lines]
        comments = {match[1]: match[2] for match in matches if match}
        header = [each.strip() for each in comments.get('CSV_HEADER', '').split(',')]
        if not all(key in header for key in CSV_3):
            raise ValueError(f'{self.path}: is not a table of VIA 2 or 3.')
        self.timed = True
        defined = _json(str(self.path), comments.get('ATTRIBUTE', '{}'))
        places = [header.index(key) for key in CSV_3]
        for line, row in rows:
            place = f'{self.path}, line {line}'
            if len(row) <= max(places):
                self.found.faults.append(f'{place}: has {len(row)} columns.')
                continue
            files, times, shape, values = (_json(place, row[at]) for at in places)
            yield from self._timed(place, files, times, shape, values, defined)

    def _project_3(
        self, content: Dict[str, Any]
    ) -> Iterator[Tuple[str, Tuple[Any, Any, Any, Any]]]:
        """Records of a project of VIA 3."""
        self.timed = True
        views, files = content.get('view') or {}, content['file']
        for key, each in content['metadata'].items():
            place = f'{self.path}, {shorten(key)}'
            try:
                numbers = views[str(each['vid'])]['fid_list']
                names = [files[str(fid)]['fname'] for fid in numbers]
                values = each['z'], each['xy'], each['av']
            except (KeyError, TypeError) as error:
                self.found.faults.append(
                    f'{place}: {limits.short_text(error)} is missing.'
                )
                continue
            defined = content.get('attribute') or {}
            yield from self._timed(place, names, *values, defined)

    def _timed(
        self, place: str, files: Any, times: Any, shape: Any, values: Any, defined: Any
    ) -> Iterator[Tuple[str, Tuple[Any, Any, Any, Any]]]:
        """Record of a region at a time; the values of options get their names."""
        parts = (files, times, shape)
        if not all(isinstance(each, list) for each in parts) or not (
            isinstance(values, dict) and isinstance(defined, dict)
        ):
            self.found.faults.append(f'{place}: cannot be read.')
            return
        if len(files) != 1 or not isinstance(files[0], str):
            self.found.faults.append(f'{place}: has {len(files)} files, not one.')
            return
        video = PurePosixPath(files[0].replace('\\', '/')).stem
        if shape and len(times) != 1:
            self.found.leave_out('shapes', 'a region without one time', place)
            return
        frame = self._frame_at(video, times[0], place) if shape else 1
        if frame is None:
            return
        attributes = {}
        for key, value in values.items():
            each = defined.get(key)
            each = each if isinstance(each, dict) else {}
            chosen = each.get('options')
            chosen = chosen if isinstance(chosen, dict) else {}
            ids = str(value).split(',')  # several of a checkbox
            if not all(part in chosen for part in ids):
                ids = [str(value)]
            texts = [str(chosen.get(part, part)) for part in ids]
            attributes[str(each.get('aname', key))] = dict.fromkeys(texts, True)
        yield place, (video, frame, shape, attributes)

    def _frame_at(self, video: str, time: Any, place: str) -> Optional[int]:
        """Frame, from 1, that is shown at a time in seconds; None after a fault."""
        if isinstance(time, bool) or not isinstance(time, (int, float)) or time < 0:
            self.found.faults.append(f'{place}: the time is {shorten(time)}.')
            return None
        frame = self.options.media.frame_at(video, time, self.options.fps)
        if frame > limits.MAX_FRAMES:
            self.found.faults.append(f'{place}: the time {shorten(time)} is too large.')
            return None
        return frame

    def _frame_of(self, name: Any) -> Tuple[str, int]:
        """Video and frame of the file of a picture."""
        path = PurePosixPath(str(name).replace('\\', '/'))
        match = _FRAME.fullmatch(path.stem)
        if match is None:
            raise ValueError(
                f'{self.path}: the name of the picture {shorten(name)} does not end '
                'with the number of a frame.'
            )
        folder = path.parent.as_posix()
        video = match[1].strip(' _-.') or (self.path.stem if folder == '.' else '')
        return '/'.join(each for each in (folder.strip('./'), video) if each), int(
            match[2]
        )


def _json(place: str, text: str) -> Any:
    """Value of a cell.

    Raises:
        ValueError: If it is not JSON.
    """
    try:
        return json.loads(text or '{}')
    except (ValueError, RecursionError) as error:
        raise ValueError(f'{place}: {shorten(text)} is not JSON.') from error


def _texts(value: Any) -> List[str]:
    """Values of an attribute; of a checkbox those that are set."""
    values = [value]
    if isinstance(value, dict):
        values = [key for key, is_set in value.items() if is_set]
    texts = [limits.short_text(each, limits.MAX_NAME) for each in values]
    return [text for text in texts if text]


def _cells(line: str) -> List[str]:
    """Cells of a line of a table."""
    try:
        return next(csv.reader([line]))
    except csv.Error as error:
        raise ValueError(f'{shorten(line)} is not readable as CSV: {error}.') from error
