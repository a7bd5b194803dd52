"""Reader of CVAT's XML, format "CVAT for video 1.1", of tasks, jobs and projects.

Tracks have shapes in pixels, from the outer edge of the first pixel to the outer edge
of the last one. Frames count from 0 and are those of the video, also if only every
n-th frame is annotated (`frame_filter`). A shape with `outside="1"` marks a frame
without the actor.

Source: docs.cvat.ai, XML annotation format.
"""

from collections import Counter
from pathlib import Path
from typing import Dict, List, NamedTuple

import numpy as np

from ...checks import shorten
from ...console import track as progress
from .cvat_parser import ParsedTrack, Parser, Task
from .cvat_shapes import HULLS, Shape, Span, spans
from .found import Found, Track
from .options import FormatOptions


def read_cvat_xml(sources: List[Path], options: FormatOptions) -> Found:
    """Read XML files.

    A file of one task is named after itself, or, as `annotations.xml`, CVAT's
    default name, after the file of its video. The videos of a project are named
    after their files.

    Args:
        sources (list[Path]): XML files, or folders of them; videos in
            sub-folders are named `FOLDER/FILE`.
        options (FormatOptions): `attribute`, `hull`, `label_map` and `max_gap` are
            used.

    Raises:
        ValueError: If a file has another format, or a folder is empty.
    """
    reader = _Reader(options)
    for source in sources:
        paths = sorted(source.rglob('*.xml')) if source.is_dir() else [source]
        if not paths:
            raise ValueError(f'{source}: the folder has no .xml files.')
        for path in progress(paths, str(source)):
            folder = path.parent.relative_to(source if source.is_dir() else path.parent)
            reader.read(path, folder)
    return reader.finish()


class _Source(NamedTuple):
    """Annotated frames of a video.

    Args:
        path (Path): The file.
        task (Task): Its task.
        video (str): Name of the video.
    """

    path: Path
    task: Task
    video: str


class _Reader:
    """Reader of all files.

    Args:
        options (FormatOptions): See `read_cvat_xml`.
    """

    def __init__(self, options: FormatOptions) -> None:
        self.options, self.found = options, Found()
        self.sources: Dict[str, List[_Source]] = {}
        self.names: Dict[str, None] = {}
        self.counts: Counter[str] = Counter()

    def read(self, path: Path, folder: Path) -> None:
        """Read a file; `folder` is the first part of the names of its videos."""
        parser = Parser(path, self.found, self.options)
        parser.read()
        self.names.update(dict.fromkeys(parser.classes()))
        single = len(parser.tasks) == 1 and not parser.is_project
        tasks = {}
        for task in parser.tasks:
            name = path.stem
            if not single or (name == 'annotations' and task.source):
                name = Path(task.source.replace('\\', '/')).stem or task.name
            if not name:
                raise ValueError(f'{path}: task {task.id} has no source and no name.')
            source = _Source(path, task, (folder / name).as_posix())
            self._add_source(source)
            tasks[task.id] = source
        for track in parser.tracks:
            source_of_track = tasks.get(track.task or '')
            if track.task is None and len(tasks) == 1:
                (source_of_track,) = tasks.values()
            if source_of_track is None:
                self.found.faults.append(
                    f'{track.place}: the track has task_id={shorten(track.task)}, the '
                    f'file has the tasks {shorten(list(tasks))}.'
                )
            else:
                self._add_track(track, source_of_track)

    def _add_source(self, source: _Source) -> None:
        """Store the length and size of a video; its parts must not overlap."""
        task, video, found = source.task, source.video, self.found
        for other in self.sources.setdefault(video, []):
            if not (task.last and other.task.last) or not (
                task.last < other.task.first or other.task.last < task.first
            ):
                raise ValueError(
                    f'{source.path} and {other.path} describe the same frames of the '
                    f'same video {video}; rename the files or videos.'
                )
        self.sources[video].append(source)
        found.videos[video] = None
        if task.last:
            found.num_frames[video] = max(task.last, found.num_frames.get(video, 0))
            if task.is_part:
                found.at_least.add(video)
        if task.step > 1:
            found.notes.append(
                f'{video}: every {_ordinal(task.step)} frame was annotated '
                f'(frame_filter step={task.step}); boxes between them are interpolated'
            )
        if task.size and found.resolution.get(video, task.size) != task.size:
            raise ValueError(f'{source.path}: another size of {video}.')
        if task.size:
            found.resolution[video] = task.size

    def _add_track(self, track: ParsedTrack, source: _Source) -> None:
        """Convert a track."""
        found, video = self.found, source.video
        shapes = sorted(track.shapes, key=lambda shape: shape.frame)
        if not self._check_frames(shapes, source.task):
            return
        used = [shape for shape in shapes if shape.box is not None]
        missing = 'outside in all frames' if shapes else 'no shapes'
        reason = '' if used else f'class {shorten(track.label)}: {missing}'
        kinds = {shape.kind for shape in used}
        if len(kinds) > 1:
            found.faults.append(
                f'{track.place}: the track has {" and ".join(sorted(kinds))} shapes.'
            )
            return
        if kinds & set(HULLS) and not self.options.hull:
            (kind,) = kinds
            reason = (
                f'class {shorten(track.label)}: drawn as {kind}; --hull takes its '
                'upright hull'
            )
        reasons = Counter(reason or shape.reason for shape in used)
        reasons.pop('', None)
        for text, count in reasons.items():
            found.leave_out('shapes', text, f'{video}, {track.place}', count)
        if reason or sum(reasons.values()) == len(used):
            text = reason or next(iter(reasons))
            found.leave_out('tracks', text, f'{video}, {track.place}')
            return
        found.check_rows(video, shapes[-1].frame - shapes[0].frame + 1)
        self._add_spans(video, list(spans(shapes, source.task.step)), kinds)

    def _add_spans(self, video: str, parts: List[Span], kinds: set) -> None:
        """Add the boxes of a track, one track for each class."""
        hull = bool(kinds & set(HULLS)) or any(part.rotated for part in parts)
        self.counts['key frames'] += sum(bool(part.label) for part in parts)
        self.counts['rotated'] += sum(part.rotated for part in parts)
        self.counts['hulls'] += len(parts) * bool(kinds & set(HULLS))
        labels = list(dict.fromkeys(part.label for part in parts if part.label))
        for number, label in enumerate(labels):
            chosen = [part.rows for part in parts if part.label == label]
            rows = np.concatenate(chosen)
            given = np.concatenate([np.arange(len(each)) == 0 for each in chosen])
            self.counts['boxes'] += len(rows)
            self.names.setdefault(label)
            self.found.add_track(
                Track(video, label, rows, given, hull), self.options.max_gap, not number
            )

    def _check_frames(self, shapes: List[Shape], task: Task) -> bool:
        """Find repeated frames, and frames that were not annotated."""
        faults = len(self.found.faults)
        for first, second in zip(shapes, shapes[1:]):
            if first.frame == second.frame:
                self.found.faults.append(
                    f'{second.place}: frame {first.frame - 1} is in the track twice.'
                )
        for shape in shapes:
            inside = task.first <= shape.frame <= (task.last or shape.frame)
            on_grid = (shape.frame - task.first) % task.step == 0
            if shape.box is not None and not (inside and on_grid):
                last = '' if task.last is None else f' up to {task.last - 1}'
                self.found.faults.append(
                    f'{shape.place}: frame {shape.frame - 1} was not annotated: the '
                    f'frames of the task are {task.first - 1}, '
                    f'{task.first - 1 + task.step}, ...{last} (start_frame, '
                    'frame_filter, stop_frame). Numbers must be those of the video.'
                )
                break
        return len(self.found.faults) == faults

    def finish(self) -> Found:
        """Set the classes, and add notes."""
        found, counts = self.found, self.counts
        if self.options.label_map is None:
            found.name_classes({name: name for name in sorted(self.names)})
        else:
            given = list(self.options.label_map.values())
            found.name_classes({name: name for name in given})
            for track in found.tracks:
                if track.label not in found.index:
                    found.faults.append(
                        f'{track.video}: class {track.label!r} is not in --labels.'
                    )
        if counts['boxes'] > counts['key frames']:
            found.notes.append(
                f'{counts["key frames"]} key frames made {counts["boxes"]} boxes'
            )
        if counts['rotated']:
            found.notes.append(
                f'{counts["rotated"]} rotated boxes were converted to their upright '
                'hull'
            )
        if counts['hulls']:
            found.notes.append(
                f'{counts["hulls"]} shapes were converted to their upright hull'
            )
        return found


def _ordinal(number: int) -> str:
    """Text of an ordinal number."""
    ends = {1: 'st', 2: 'nd', 3: 'rd'}
    end = 'th' if 10 <= number % 100 < 20 else ends.get(number % 10, 'th')
    return f'{number}{end}'
