"""Reader of the VGG Image Annotator: projects and tables of VIA 2 and 3.

VIA 2 has regions of pictures, which are the frames of a video: the last number in the
name of a file is the frame, and the text before it, or the folder, is the video. The
tables of VGG's face tracker have this layout. VIA 3 has regions at times of videos.
Rectangles are `x, y, width, height` in pixels. An attribute `track` has the identity;
without it boxes of successive frames are linked by IoU.

Source: www.robots.ox.ac.uk/~vgg/software/via, annotation formats.
"""

from collections import Counter, defaultdict
from pathlib import Path
from typing import Dict, List, Optional

from ...checks import shorten
from .. import limits
from .collector import Collector
from .found import Found
from .options import FormatOptions
from .txt_folders import Row, link
from .via_files import Region, Source

TRACK_KEYS = ('track', 'track_id', 'trackid', 'person_id', 'object_id', 'id')
CLASS_KEYS = ('action', 'class', 'label', 'name', 'type', 'category')


def read_via(sources: List[Path], options: FormatOptions) -> Found:
    """Read projects (`.json`) and tables (`.csv`).

    Args:
        sources (list[Path]): The files.
        options (FormatOptions): `attribute`, `first_frame`, `fps`,
            `iou_threshold`, `label_map`, `max_gap` and `media` are used.

    Raises:
        ValueError: If a file has another format, or the class or the frame rate is
            unknown.
    """
    found = Found()
    regions: List[Region] = []
    timed = False
    for source in sources:
        reader = Source(source, found, options)
        regions += reader.regions()
        timed |= reader.timed
    first = 1 if timed else options.first_frame
    if first is None:
        first = 0 if any(region.frame == 0 for region in regions) else 1
        found.notes.append(f'frames count from {first}; --first-frame changes it')
    regions = [each._replace(frame=each.frame + 1 - first) for each in regions]
    _add_regions(regions, found, options)
    return found


def _add_regions(regions: List[Region], found: Found, options: FormatOptions) -> None:
    """Make tracks of regions."""
    key = options.attribute or _class_key(regions)
    collector = Collector(found)
    loose: Dict[str, Dict[int, List[Row]]] = defaultdict(lambda: defaultdict(list))
    names: Dict[str, None] = {}
    only = (
        options.labels[0] if options.labels and len(options.labels) == 1 else 'object'
    )
    for region in regions:
        labels = region.attributes.get(key, []) if key else [only]
        if not labels:
            reason = f'the attribute {key} is missing'
            found.leave_out('shapes', reason, region.place)
        persons = [region.attributes.get(k) for k in TRACK_KEYS if k != key]
        person = next((each[0] for each in persons if each), None)
        for label in labels:
            names.setdefault(label)
            if person is not None:
                place = region.video, label, person, region.frame
                collector.put(*place, region.box, region.place)
                continue
            rows = loose[region.video][region.frame]
            rows.append((label, region.box))
            if len(rows) > limits.MAX_BOXES_PER_FRAME:
                raise ValueError(
                    f'{region.place}: frame {region.frame} has more than '
                    f'{limits.MAX_BOXES_PER_FRAME} boxes.'
                )
    collector.finish(options.max_gap)
    for video, frames in loose.items():
        for linked, boxes in link(frames, options.iou_threshold, options.max_gap):
            found.add(video, linked, boxes, options.max_gap)
    if loose:
        found.notes.append('boxes without an attribute "track" were linked by IoU')
    if regions and not key:
        found.notes.append(f'regions have no attribute with a class: all are {only!r}')
    ordered = options.labels or sorted(names)
    found.name_classes({name: name for name in ordered})
    for name in names:
        if name not in found.index:
            found.faults.append(f'class {shorten(name)} is not in --labels.')


def _class_key(regions: List[Region]) -> Optional[str]:
    """Attribute with the class: a usual name, or the only one besides tracks."""
    counts = Counter(key for region in regions for key in region.attributes)
    keys = [key for key in counts if key.lower() not in TRACK_KEYS]
    for usual in CLASS_KEYS:
        for key in keys:
            if key.lower() == usual:
                return key
    if len(keys) > 1:
        raise ValueError(
            f'{regions[0].place}: the regions have the attributes '
            f'{", ".join(map(shorten, sorted(keys)))}; name the one with the class by '
            '--attribute.'
        )
    return keys[0] if keys else None
