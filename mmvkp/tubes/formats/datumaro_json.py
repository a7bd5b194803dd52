"""Reader of Datumaro's JSON: `annotations/<subset>.json`, as CVAT exports it, too.

`items` are frames with `attr.frame`, or with a number at the end of their `id`;
annotations have a `label_id`, and `attributes` with `track_id` and `outside`. Boxes are
`x, y, width, height` in pixels from 0.

Source: the page "Datumaro format" of the documentation of Datumaro.
"""

import re
from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple

import numpy as np

from ...checks import shorten
from .. import limits
from .collector import Collector
from .cvat_shapes import upright
from .found import Found
from .options import FormatOptions
from .rle import hull_of_runs

# Names of files that say nothing about the video.
DEFAULT_NAMES = ('default', 'train', 'val', 'test', 'annotations')


def read_datumaro(sources: List[Path], options: FormatOptions) -> Found:
    """Read files of Datumaro.

    A video is named after the folder of its items, else after the file; a file such as
    `default.json` after the folder of `annotations`.

    Args:
        sources (list[Path]): JSON files, or folders of `annotations/*.json`.
        options (FormatOptions): `hull`, `label_map` and `max_gap` are used.

    Raises:
        ValueError: If a file has another format.
    """
    found = Found()
    collector = Collector(found)
    names: Dict[str, None] = {}
    for source in sources:
        paths = [source]
        if source.is_dir():
            paths = sorted(source.rglob('annotations/*.json'))
        if not paths:
            raise ValueError(f'{source}: files annotations/*.json are missing.')
        for path in paths:
            _read_file(path, collector, options, names)
    collector.finish(options.max_gap, options.hull)
    found.name_classes({name: name for name in options.labels or names})
    for name in {str(track.label) for track in found.tracks} - found.index.keys():
        found.faults.append(f'class {shorten(name)} is not in --labels.')
    return found


def _read_file(
    path: Path, collector: Collector, options: FormatOptions, names: Dict[str, None]
) -> None:
    """Add one file to the result."""
    content, found = limits.read_json(path), collector.found
    try:
        labels = [str(e['name']) for e in content['categories']['label']['labels']]
        items = list(content['items'])
    except (KeyError, TypeError) as error:
        raise ValueError(
            f'{path}: is not a file of Datumaro ({limits.short_text(repr(error))}).'
        ) from error
    names.update(dict.fromkeys(labels))
    default = path.stem
    if default in DEFAULT_NAMES and path.parent.name == 'annotations':
        default = path.parent.resolve().parent.name
    for number, item in enumerate(items):
        place = f'{path}, item {number}'
        try:
            video, frame = _frame_of(item, default)
            found.videos[video] = None
            size = (item.get('image') or item.get('media') or {}).get('size')
            if size:
                found.resolution[video] = (
                    limits.whole_number('height', size[0], 1, limits.MAX_SIDE),
                    limits.whole_number('width', size[1], 1, limits.MAX_SIDE),
                )
            entries = list(item['annotations'])
        except (AttributeError, KeyError, TypeError, ValueError, IndexError) as error:
            found.faults.append(f'{place}: {limits.short_text(repr(error))}.')
            continue
        for entry in entries:
            try:
                _add(entry, labels, video, frame, place, collector, options.hull)
            except (
                AttributeError,
                KeyError,
                TypeError,
                ValueError,
                IndexError,
                OverflowError,
            ) as error:
                found.faults.append(
                    f'{place}: {shorten(entry)} cannot be read '
                    f'({limits.short_text(repr(error))}).'
                )


def _frame_of(item: Dict[str, Any], default: str) -> Tuple[str, int]:
    """Video and frame, from 1, of an item."""
    folder, _, name = str(item['id']).rpartition('/')
    frame = (item.get('attr') or {}).get('frame')
    if frame is None:
        digits = re.search(r'(\d{1,9})$', name)
        if digits is None:
            raise ValueError(f'the id {shorten(name)} has no frame')
        frame = digits[1]
    frame = limits.whole_number('frame', frame, 0, limits.MAX_FRAMES - 1)
    return folder or default, frame + 1


def _add(
    entry: Dict[str, Any],
    labels: List[str],
    video: str,
    frame: int,
    place: str,
    collector: Collector,
    hull: bool,
) -> None:
    """Add an annotation."""
    kind, attributes = entry['type'], entry.get('attributes') or {}
    if attributes.get('outside') is True:
        return
    number = entry.get('label_id')
    if number is None:
        collector.found.leave_out('shapes', f'a {kind} without a label', place)
        return
    label = labels[limits.whole_number('label_id', number, 0, len(labels) - 1)]
    box = _box_of(kind, entry)
    reason = ''
    if kind == 'label' or box is None:
        reason = f'a {kind} has no place in the frame'
    elif kind not in ('bbox', 'rotated_bbox') and not hull:
        reason = f'class {shorten(label)}: a {kind}; --hull takes its upright hull'
    elif attributes.get('track_id') is None:
        reason = f'class {shorten(label)}: has no track_id'
    if reason or box is None:
        collector.found.leave_out('shapes', reason, place)
        return
    person = limits.short_text(attributes['track_id'], limits.MAX_NAME)
    collector.put(video, label, person, frame, box, place)


def _box_of(kind: str, entry: Dict[str, Any]) -> Optional[np.ndarray]:
    """Box (4,), ends inclusive, or upright hull; None for other annotations."""
    if kind == 'bbox':
        x, y, w, h = map(float, entry['bbox'])
        angle = float((entry.get('attributes') or {}).get('rotation') or 0)
        return upright(np.array([[x, y, x + w, y + h, angle]]))[0] - (0, 0, 1, 1)
    if kind == 'rotated_bbox':
        x, y, w, h, angle = map(float, entry['points'])
        corners = [x - w / 2, y - h / 2, x + w / 2, y + h / 2, angle]
        return upright(np.array([corners]))[0] - (0, 0, 1, 1)
    if kind == 'mask':
        height, width = entry['rle']['size']
        return hull_of_runs(entry['rle']['counts'], int(height), int(width))
    if kind in ('polygon', 'polyline', 'points', 'skeleton'):
        values = entry.get('points') or [
            value for each in entry['elements'] for value in each['points']
        ]
        points = np.array(values, float).reshape(-1, 2)
        return np.concatenate([points.min(0), points.max(0) - 1])
    return None
