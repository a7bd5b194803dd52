"""Reader of COCO for videos, the CocoVID of MMTracking and MMDetection.

`images` have `video_id` and `frame_id` (or `frame_index`), from 0 by default;
`annotations` have `instance_id` (or `track_id`), `category_id` and `bbox`
x, y, w, h in pixels from 0.
"""

from collections import defaultdict
from pathlib import Path
from typing import Any, Dict, List, Sequence, Tuple

import numpy as np

from ...checks import shorten
from .. import limits
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
        keys = ('videos', 'images', 'annotations', 'categories')
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
        for key in keys:
            _check_records(source, key, content[key])
        _read_one(source, content, found, options)
    return found


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
        if required and not isinstance(record['id'], int):
            raise ValueError(f'{place}: id={shorten(record["id"])} is not an integer.')


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
    names = [str(category['name']) for category in categories]
    if found.labels and found.labels != names:
        raise ValueError(f'{source}: the categories differ from the first file.')
    found.labels = names
    labels = {category['id']: i for i, category in enumerate(categories)}
    images = _read_images(source, content, found, options.first_frame)
    tracks: Dict[Tuple[str, int, Any], Dict[int, np.ndarray]] = defaultdict(dict)
    for number, entry in enumerate(content['annotations']):
        place = f'{source}, annotation number {number}'
        try:
            place = f'{source}, annotation {shorten(entry.get("id", number))}'
            video, frame = images[_get(entry, ['image_id'])]
            label = labels[_get(entry, ['category_id'])]
            person = _get(entry, ['instance_id', 'track_id'])
            x, y, w, h = map(float, _get(entry, ['bbox']))
            key = video, label, person
            frames = tracks[key]
        except KeyError as error:
            found.faults.append(
                f'{place}: image or category {short_error(error)} is missing.'
            )
            continue
        except (TypeError, ValueError, AttributeError, OverflowError) as error:
            found.faults.append(f'{place}: {short_error(error)}.')
            continue
        if frame in frames:
            found.faults.append(
                f'{place}: instance {shorten(person)} is in frame {frame} of {video} '
                'twice.'
            )
        frames[frame] = np.array([x, y, x + w - 1, y + h - 1])
    for (video, label, _), track in tracks.items():
        found.add(video, label, track, options.max_gap)


def _read_images(
    source: Path, content: dict, found: Found, first_frame: int
) -> Dict[Any, Tuple[str, int]]:
    """Video and frame, from 1, of each image; lengths and sizes are stored."""
    videos = {video['id']: str(video['name']) for video in content['videos']}
    images: Dict[Any, Tuple[str, int]] = {}
    for number, image in enumerate(content['images']):
        place = f'{source}, image {shorten(image.get("id", number))}'
        try:
            video = videos[_get(image, ['video_id'])]
            frame = _get(image, ['frame_id', 'frame_index'])
            frame = limits.whole_number('frame', frame, 0, limits.MAX_FRAMES)
            frame += 1 - first_frame
            images[_get(image, ['id'])] = video, frame
            found.num_frames[video] = max(found.num_frames.get(video, 0), frame)
            if 'height' in image and 'width' in image:
                height, width = (
                    limits.whole_number(side, image[side], 1, limits.MAX_SIDE)
                    for side in ('height', 'width')
                )
                found.resolution[video] = height, width
        except (KeyError, ValueError, TypeError) as error:
            found.faults.append(f'{place}: {short_error(error)}.')
    return images
