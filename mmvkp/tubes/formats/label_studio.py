"""Reader of Label Studio's JSON of video object tracking (`videorectangle`).

A `sequence` has key frames, from 1, with `x, y, width, height` in percent of the frame
and `rotation` in degrees clockwise around the corner `x, y`. Boxes move linearly
between key frames. A box stays until the end of the video, or until the key frame with
`enabled: false`, which is its last frame.

Source: labelstud.io, template "Video Object Detection and Tracking", and its export
formats JSON and JSON_MIN.
"""

import re
from pathlib import Path, PurePosixPath
from typing import Any, Dict, Iterator, List, Optional, Tuple
from urllib.parse import parse_qs, unquote, urlsplit

import numpy as np

from ...checks import shorten
from .. import limits
from .cvat_shapes import Shape, spans
from .found import Found, Track
from .options import FormatOptions

# Uploaded files get a prefix.
_PREFIX = re.compile(r'[0-9a-f]{8}-')


def read_label_studio(sources: List[Path], options: FormatOptions) -> Found:
    """Read exports, JSON or JSON_MIN.

    Args:
        sources (list[Path]): The files.
        options (FormatOptions): `label_map`, `max_gap` and `media` are used.

    Raises:
        ValueError: If a file has another format, or a size is unknown.
    """
    reader = _Reader(options)
    for source in sources:
        content = limits.read_json(source)
        tasks = content if isinstance(content, list) else [content]
        for number, task in enumerate(tasks, 1):
            place = f'{source}, task {number}'
            if not isinstance(task, dict):
                raise ValueError(f'{place} is not a record but {shorten(task)}.')
            reader.read_task(task, place)
    return reader.finish()


class _Reader:
    """Reader of tasks.

    Args:
        options (FormatOptions): See `read_label_studio`.
    """

    def __init__(self, options: FormatOptions) -> None:
        self.options, self.found = options, Found()
        self.names: Dict[str, None] = {}
        self.keys = self.boxes = self.rotated = 0

    def read_task(self, task: Dict[str, Any], place: str) -> None:
        """Read the results of a task."""
        video = _video_of(task)
        if video is None:
            raise ValueError(f'{place}: has no video; export JSON or JSON_MIN.')
        if video in self.found.videos:
            raise ValueError(f'{place}: another task of the video {video}.')
        self.found.videos[video] = None
        for result in self._results(task, place):
            value = result.get('value') if 'value' in result else result
            if not isinstance(value, dict) or 'sequence' not in value:
                kind = result.get('type', 'result')
                self.found.leave_out('shapes', f'a {shorten(kind)} is not a box', place)
                continue
            try:
                self._add(value, video, place)
            except (TypeError, KeyError, ValueError, OverflowError) as error:
                self.found.faults.append(
                    f'{place}: a track of {video} cannot be read '
                    f'({limits.short_text(repr(error))}).'
                )

    def _results(self, task: Dict[str, Any], place: str) -> Iterator[Dict[str, Any]]:
        """Results of the annotation of a task."""
        entries = task.get('annotations', task.get('completions'))
        if entries is None:  # JSON_MIN: lists of values
            entries = [
                dict(result=value)
                for value in task.values()
                if isinstance(value, list) and all(isinstance(e, dict) for e in value)
            ]
        elif not isinstance(entries, list):
            raise ValueError(f'{place}: annotations is {shorten(entries)}.')
        else:
            entries = [
                each
                for each in entries
                if not (isinstance(each, dict) and each.get('was_cancelled'))
            ]
            if len(entries) > 1:
                raise ValueError(
                    f'{place}: has {len(entries)} annotations; keep one, or their '
                    'tracks would be twice in the video.'
                )
        for entry in entries:
            results = entry.get('result') if isinstance(entry, dict) else None
            if not isinstance(results, list):
                raise ValueError(f'{place}: an annotation is {shorten(entry)}.')
            for result in results:
                if not isinstance(result, dict):
                    raise ValueError(f'{place}: a result is {shorten(result)}.')
                yield result

    def _add(self, value: Dict[str, Any], video: str, place: str) -> None:
        """Add a track for each label of a sequence."""
        sequence = value['sequence']
        labels = value.get('labels') or value.get('videorectanglelabels') or []
        if not isinstance(labels, list) or not all(isinstance(e, str) for e in labels):
            raise TypeError(f'labels are {shorten(labels)}')
        if not isinstance(sequence, list):
            raise TypeError(f'sequence is {shorten(sequence)}')
        if not sequence or not labels:
            reason = 'no key frames' if labels else 'no label'
            self.found.leave_out('tracks', reason, place)
            self.found.leave_out('shapes', reason, place, len(sequence))
            return
        size = self.options.media.resolution(video)
        count: Optional[int] = None
        if value.get('framesCount') is not None:
            count = limits.whole_number(
                'framesCount', value['framesCount'], 1, limits.MAX_FRAMES
            )
            if self.found.num_frames.setdefault(video, count) != count:
                raise ValueError('framesCount differs from another track')
            actual = self.options.media.num_frames(video)
            if actual is not None and abs(actual - count) > max(1, 0.01 * actual):
                raise ValueError(
                    f'framesCount is {count}, the video has {actual} frames: the '
                    'frame rate of the labeling interface differs from the video, so '
                    'the numbers of its frames do not fit'
                )
        else:
            count = self.options.media.num_frames(video)
        shapes = _shapes(sequence, size, count, place)
        for number, label in enumerate(dict.fromkeys(labels)):
            self.names.setdefault(label)
            self.found.check_rows(video, shapes[-1].frame - shapes[0].frame + 1)
            parts = list(spans(shapes, 1))
            rows = np.concatenate([part.rows for part in parts])
            given = np.concatenate([np.arange(len(p.rows)) == 0 for p in parts])
            rotated = sum(part.rotated for part in parts)
            track = Track(video, label, rows, given, rotated > 0)
            self.found.add_track(track, self.options.max_gap)
            if not number:
                self.rotated += rotated
            self.keys += len(parts)
            self.boxes += len(rows)

    def finish(self) -> Found:
        """Set the classes, and add notes."""
        names = self.options.labels or sorted(self.names)
        self.found.name_classes({name: name for name in names})
        for name in self.names:
            if name not in self.found.index:
                self.found.faults.append(f'class {shorten(name)} is not in --labels.')
        if self.boxes > self.keys:
            self.found.notes.append(f'{self.keys} key frames made {self.boxes} boxes')
        if self.rotated:
            self.found.notes.append(
                f'{self.rotated} rotated boxes were converted to their upright hull'
            )
        return self.found


def _video_of(task: Dict[str, Any]) -> Optional[str]:
    """Name of the video of a task: its file without folder and suffix."""
    data = task['data'] if isinstance(task.get('data'), dict) else task
    names = [task.get('file_upload'), data.get('video'), data.get('video_url')]
    names += [each for key, each in data.items() if key not in ('id', 'created_at')]
    for name in names:
        if isinstance(name, str) and re.search(r'\.\w{2,4}($|[?&#])', name):
            parts = urlsplit(name)
            path = parse_qs(parts.query).get('d', [unquote(parts.path)])[0]
            stem = PurePosixPath(path.replace('\\', '/')).stem
            # Uploads get a prefix.
            uploaded = name == task.get('file_upload') or '/upload/' in name
            return _PREFIX.sub('', stem, count=1) if uploaded else stem
    return None


def _shapes(
    sequence: List[Any], size: Tuple[int, int], count: Optional[int], place: str
) -> List[Shape]:
    """Key frames, and the frame after the end of each visible part."""
    height, width = size
    shapes: List[Shape] = []
    ordered = sorted(sequence, key=lambda each: int(each['frame']))
    for i, key in enumerate(ordered):
        frame = limits.whole_number('frame', key['frame'], 1, limits.MAX_FRAMES)
        if shapes and shapes[-1].box is not None and shapes[-1].frame == frame:
            raise ValueError(f'frame {frame} occurs twice')
        x, y, w, h = (
            float(key[name]) * side / 100
            for name, side in zip(
                ('x', 'y', 'width', 'height'), (width, height, width, height)
            )
        )
        angle = float(key.get('rotation') or 0)
        box = np.array([x, y, x + w, y + h, angle])
        if not np.isfinite(box).all() or w <= 0 or h <= 0:
            raise ValueError(f'frame {frame}: a box is empty or not finite')
        if angle:
            cos, sin = np.cos(np.deg2rad(angle)), np.sin(np.deg2rad(angle))
            # The corner stays; `Shape` turns around the centre.
            shift = (cos * w - sin * h - w) / 2, (sin * w + cos * h - h) / 2
            box[:4] += (*shift, *shift)
        if shapes and shapes[-1].box is None and shapes[-1].frame == frame:
            shapes.pop()
        shapes.append(Shape(frame, 'box', box, place, 'label'))
        if key.get('enabled') is False:
            shapes.append(Shape(frame + 1, 'box', None, place))
        elif i == len(ordered) - 1 and count is not None and count > frame:
            shapes.append(Shape(count + 1, 'box', None, place))
    return shapes
