"""Reader of COCO for videos: CocoVID of MMDetection, TAO and YouTube-VIS.

`images` have `video_id` and the frame in the video: `frame_index` (TAO), else
`frame_id`. `annotations` have `instance_id` (or `track_id`), `category_id` and `bbox`
x, y, w, h in pixels from 0. In YouTube-VIS an annotation is a track: `video_id` and
`bboxes`, one for each of the `file_names` of its video, or null.
"""

from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence, Tuple

import numpy as np

from ...checks import shorten
from .. import limits
from .collector import Collector
from .found import Found
from .options import FormatOptions


def short_error(error: Exception) -> str:
    """Text of an error on one short line."""
    return limits.short_text(error, 100)


def read_coco_video(sources: List[Path], options: FormatOptions) -> Found:
    """Read COCO files of videos.

    Args:
        sources (list[Path]): JSON files.
        options (FormatOptions): `first_frame` and `max_gap` are used.

    Raises:
        ValueError: If a file has another format.
    """
    found = Found()
    for source in sources:
        content = limits.read_json(source)
        keys = ['videos', 'images', 'annotations', 'categories']
        if isinstance(content, dict) and _is_vis(content):
            keys.remove('images')
        missing = (
            [key for key in keys if key not in content]
            if isinstance(content, dict)
            else keys
        )
        if missing:
            raise ValueError(
                f'{source}: lacks {", ".join(missing)}; COCO for videos has '
                f'{", ".join(keys)}.'
            )
        content['videos'] = [_named(video) for video in _list_of(content['videos'])]
        for key in keys:
            _check_records(source, key, content[key])
        _read_one(source, content, found, options)
    return found


def _list_of(value: Any) -> List[Any]:
    """The value, if it is a list; otherwise a list without records."""
    return value if isinstance(value, list) else [value]


def _named(video: Any) -> Any:
    """Video with a name: CenterTrack writes it as `file_name`."""
    if isinstance(video, dict) and 'name' not in video and 'file_name' in video:
        return dict(video, name=video['file_name'])
    return video


def _is_vis(content: Dict[str, Any]) -> bool:
    """True for the layout of YouTube-VIS."""
    entries = content.get('annotations')
    return 'images' not in content and (
        isinstance(entries, list)
        and bool(entries)
        and all(isinstance(entry, dict) and 'bboxes' in entry for entry in entries)
    )


def _check_records(source: Path, key: str, records: Any) -> None:
    """Refuse a part that is not a list of records with the required entries."""
    required = dict(videos=('id', 'name'), categories=('id', 'name')).get(key, ())
    if not isinstance(records, list):
        raise ValueError(f'{source}: {key} is not a list but {shorten(records)}.')
    for number, record in enumerate(records):
        place = f'{source}: number {number} of {key}'
        if not isinstance(record, dict):
            raise ValueError(f'{place} is not a record but {shorten(record)}.')
        for name in required:
            if name not in record:
                raise ValueError(f'{place} lacks {name}.')
        if required and type(record['id']) is not int:
            raise ValueError(f'{place}: id={shorten(record["id"])} is not an integer.')
    ids = [record['id'] for record in records] if required else []
    names = [str(record['name']) for record in records] if key == 'videos' else []
    for what, values in (('id', ids), ('name', names)):
        if len(set(values)) < len(values):
            twice = next(each for each in values if values.count(each) > 1)
            raise ValueError(f'{source}: two {key} have the {what} {shorten(twice)}.')


def _get(entry: Dict[str, Any], names: Sequence[str]) -> Any:
    """Value of the first of these names that exists."""
    for name in names:
        if entry.get(name) is not None:
            return entry[name]
    raise ValueError(f'{" or ".join(names)} is missing')


def _read_one(
    source: Path, content: dict, found: Found, options: FormatOptions
) -> None:
    """Add one file to the result."""
    categories = sorted(content['categories'], key=lambda c: c['id'])
    names = {category['id']: str(category['name']) for category in categories}
    if found.index and found.index.keys() != names.keys():
        raise ValueError(f'{source}: the categories differ from the first file.')
    before = found.labels
    found.name_classes(names)
    if before and found.labels != before:
        raise ValueError(f'{source}: the categories differ from the first file.')
    if len(found.labels) < len(names):
        found.notes.append(
            f'{source}: categories with equal names are one class: {len(names)} '
            f'categories, {len(found.labels)} classes'
        )
    videos = _read_videos(source, content, found)
    if 'images' in content:
        images = _read_images(source, content, found, videos, options.first_frame)
    collector = Collector(found)
    for number, entry in enumerate(content['annotations']):
        place = f'{source}, annotation {shorten(_id_of(entry, number))}'
        try:
            label = _get(entry, ['category_id'])
            if label not in names:
                raise KeyError(label)
            if entry.get('iscrowd'):
                found.leave_out('shapes', 'a crowd (iscrowd)', place)
                continue
            if 'images' in content:
                video, frame = images[_get(entry, ['image_id'])]
                person = _get(entry, ['instance_id', 'track_id'])
                boxes = {frame: _box(_get(entry, ['bbox']))}
            else:
                video = videos[_get(entry, ['video_id'])]
                person = number
                boxes = {
                    frame: _box(box)
                    for frame, box in enumerate(_get(entry, ['bboxes']), 1)
                    if box is not None
                }
            for frame, box in boxes.items():
                collector.put(video, label, person, frame, box, place)
        except KeyError as error:
            found.faults.append(
                f'{place}: image, video or category {short_error(error)} is missing.'
            )
        except (TypeError, ValueError, AttributeError, OverflowError) as error:
            found.faults.append(f'{place}: {short_error(error)}.')
    collector.finish(options.max_gap)


def _id_of(entry: Any, number: int) -> Any:
    """Id of a record, else its number."""
    return entry.get('id', number) if isinstance(entry, dict) else number


def _box(values: Any) -> np.ndarray:
    """Box (4,) `x1, y1, x2, y2`, ends inclusive, of `x, y, w, h`."""
    x, y, w, h = map(float, values)
    return np.array([x, y, x + w - 1, y + h - 1])


def _read_videos(source: Path, content: dict, found: Found) -> Dict[int, str]:
    """Names of the videos by id; lengths and sizes are stored."""
    for number, video in enumerate(content['videos']):
        name = str(video['name'])
        found.videos[name] = None
        try:
            length = video.get('length')
            if length is None and isinstance(video.get('file_names'), list):
                length = len(video['file_names'])
            if length is not None:
                found.num_frames[name] = limits.whole_number(
                    'length', length, 1, limits.MAX_FRAMES
                )
            _read_size(video, name, found)
        except (TypeError, ValueError) as error:
            found.faults.append(f'{source}, video {number}: {short_error(error)}.')
    return {video['id']: str(video['name']) for video in content['videos']}


def _read_size(record: Dict[str, Any], video: str, found: Found) -> None:
    """Store the size of a video; all its frames must have one size."""
    if record.get('height') is None or record.get('width') is None:
        return
    size = tuple(
        limits.whole_number(side, record[side], 1, limits.MAX_SIDE)
        for side in ('height', 'width')
    )
    if found.resolution.setdefault(video, (size[0], size[1])) != size:
        raise ValueError(
            f'{video} has the sizes {found.resolution[video]} and {size} (height, '
            'width); one is required'
        )


def _read_images(
    source: Path,
    content: dict,
    found: Found,
    videos: Dict[int, str],
    first_frame: Optional[int],
) -> Dict[Any, Tuple[str, int]]:
    """Video and frame, from 1, of each image; lengths and sizes are stored."""
    images: Dict[Any, Tuple[str, int]] = {}
    places: Dict[Tuple[str, int], str] = {}
    for number, image in enumerate(content['images']):
        place = f'{source}, image {shorten(_id_of(image, number))}'
        try:
            video = videos[_get(image, ['video_id'])]
            frame = _get(image, ['frame_index', 'frame_id'])
            frame = limits.whole_number('frame', frame, 0, limits.MAX_FRAMES)
            key = _get(image, ['id'])
            if key in images:
                raise ValueError(f'id {shorten(key)} occurs twice')
            if places.setdefault((video, frame), place) != place:
                raise ValueError(
                    f'frame {frame} of {video} occurs twice (first: '
                    f'{places[video, frame]})'
                )
            images[key] = video, frame
            _read_size(image, video, found)
        except KeyError as error:
            found.faults.append(f'{place}: video {short_error(error)} is missing.')
        except (ValueError, TypeError) as error:
            found.faults.append(f'{place}: {short_error(error)}.')
    if first_frame is None:
        first_frame = _first_frame(source, images, found)
    for video, frame in images.values():
        frame += 1 - first_frame
        if found.num_frames.get(video, 0) < frame:
            found.num_frames[video] = frame
            found.at_least.add(video)
    return {
        key: (video, frame + 1 - first_frame) for key, (video, frame) in images.items()
    }


def _first_frame(source: Path, images: Dict[Any, Tuple[str, int]], found: Found) -> int:
    """Number of the first frame: 1 if every video starts there, else 0."""
    starts: Dict[str, int] = {}
    for video, frame in images.values():
        starts[video] = min(frame, starts.get(video, frame))
    if set(starts.values()) != {1}:
        return 0
    found.notes.append(
        f'{source}: all videos start with frame 1, so frames count from 1; '
        '--first-frame 0 counts from 0'
    )
    return 1
