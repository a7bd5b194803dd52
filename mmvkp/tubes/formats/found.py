"""Result of a reader, and steps that several readers share."""

from dataclasses import dataclass, field
from typing import (
    Any,
    Dict,
    Hashable,
    Iterable,
    List,
    Mapping,
    NamedTuple,
    Optional,
    Set,
    Tuple,
)

import numpy as np

from ...checks import shorten
from .. import limits
from .tally import Tally


class Track(NamedTuple):
    """Boxes of one actor and class.

    Args:
        video (str): Name of the video.
        label (Hashable): Key of the class, see `Found.name_classes`.
        rows (np.ndarray): (n, 5) `frame, x1, y1, x2, y2`, frames rising.
        given (np.ndarray): (n,) bool; False for rows that were interpolated.
        hull (bool): Boxes around other shapes; they are clipped to the image, and
            those without an area are left out.
    """

    video: str
    label: Hashable
    rows: np.ndarray
    given: np.ndarray
    hull: bool = False


@dataclass
class Found:
    """Content of the sources.

    Args:
        labels (list[str]): Class names.
        index (dict[Hashable, int]): Position in `labels` by key of the class.
        tracks (list[Track]): Frames from 1, pixels from 0, ends inclusive.
        num_frames (dict[str, int]): Length of each video, where known.
        at_least (set[str]): Videos that may be longer than `num_frames`.
        resolution (dict[str, tuple[int, int]]): Height and width of each video,
            where known.
        videos (dict[str, None]): Videos of the source that have no length and no
            track.
        splits (tuple, optional): Training and test videos, a list for each
            split, if the source has them.
        faults (list[str]): Invalid records with their place in the source.
        notes (list[str]): Remarks for the user.
        tally (Tally): Counts; readers add all omissions.
        rows (int): Rows of all tubes, an upper bound.
    """

    labels: List[str] = field(default_factory=list)
    index: Dict[Hashable, int] = field(default_factory=dict)
    tracks: List[Track] = field(default_factory=list)
    num_frames: Dict[str, int] = field(default_factory=dict)
    at_least: Set[str] = field(default_factory=set)
    resolution: Dict[str, Tuple[int, int]] = field(default_factory=dict)
    videos: Dict[str, None] = field(default_factory=dict)
    splits: Optional[Tuple[List[List[str]], List[List[str]]]] = None
    faults: List[str] = field(default_factory=list)
    notes: List[str] = field(default_factory=list)
    tally: Tally = field(default_factory=Tally)
    rows: int = 0

    def add(
        self,
        video: str,
        label: Hashable,
        boxes: Dict[int, np.ndarray],
        max_gap: int,
        hull: bool = False,
    ) -> None:
        """Add the boxes of one actor and class.

        Args:
            video (str): Name of the video.
            label (Hashable): Key of the class.
            boxes (dict[int, np.ndarray]): Box of shape (4,) by frame, from 1.
            max_gap (int): See `split_at_gaps`.
            hull (bool): See `Track`.

        Raises:
            ValueError: If all tubes have more than `MAX_ROWS` rows.
        """
        if boxes:
            frames = sorted(boxes)
            places = [boxes[frame] for frame in frames]
            rows = np.column_stack([frames, np.array(places, float)])
            given = np.ones(len(rows), bool)
            self.add_track(Track(video, label, rows, given, hull), max_gap)

    def add_track(self, track: Track, max_gap: int, is_new: bool = True) -> None:
        """Add a track and count its shapes.

        Args:
            track (Track): At least one row.
            max_gap (int): See `split_at_gaps`.
            is_new (bool): False for another class of the same track.

        Raises:
            ValueError: If all tubes have more than `MAX_ROWS` rows.
        """
        first, last = int(track.rows[0, 0]), int(track.rows[-1, 0])
        if first < 1 or last > limits.MAX_FRAMES:
            self.faults.append(
                f'{track.video}: a box is in frame '
                f'{shorten(first if first < 1 else last)}, outside '
                f'[1, {limits.MAX_FRAMES}].'
            )
            return
        rows = min(last - first + 1, len(track.rows) * (max_gap + 1))
        self.check_rows(track.video, rows)
        self.rows += rows
        self.tracks.append(track)
        self.tally.read['tracks'] += is_new
        self.tally.read['shapes'] += int(track.given.sum())

    def check_rows(self, video: str, rows: int) -> None:
        """Refuse more rows before they are made.

        Raises:
            ValueError: If all tubes would have more than `MAX_ROWS` rows.
        """
        if self.rows + rows > limits.MAX_ROWS:
            raise ValueError(
                f'{video}: the tubes up to here have more than {limits.MAX_ROWS} rows; '
                'reduce --max-gap, or split the source.'
            )

    def leave_out(self, unit: str, reason: str, place: str, count: int = 1) -> None:
        """Count something of the source that is not converted; see `Tally`."""
        self.tally.read[unit] += count
        self.tally.leave_out(unit, reason, place, count)

    def name_classes(self, names: Mapping[Any, str]) -> None:
        """Set the classes.

        Args:
            names (dict[Hashable, str]): Name of each key, in the order of the
                classes. Keys with equal names are one class.
        """
        self.labels = list(dict.fromkeys(names.values()))
        places = {name: place for place, name in enumerate(self.labels)}
        self.index = {key: places[name] for key, name in names.items()}


def split_at_gaps(rows: np.ndarray, max_gap: int) -> List[np.ndarray]:
    """Make tubes without missing frames.

    Args:
        rows (np.ndarray): (n, 5) `frame, x1, y1, x2, y2`, frames rising.
        max_gap (int): Gaps of up to this many frames are interpolated; a longer
            gap splits the tube.

    Returns:
        list[np.ndarray]: (n, 5) float32 `frame, x1, y1, x2, y2`.
    """
    tubes = []
    cuts = np.flatnonzero(np.diff(rows[:, 0]) > max_gap + 1) + 1
    for part in np.split(rows, cuts):
        every = np.arange(part[0, 0], part[-1, 0] + 1)
        columns = [np.interp(every, part[:, 0], part[:, i]) for i in range(1, 5)]
        tubes.append(np.column_stack([every, *columns]).astype(np.float32))
    return tubes


def name_numbers(
    uses: Iterable[Tuple[Hashable, str, str]],
    label_map: Optional[Dict[int, str]],
    found: Found,
    first: int = 1,
) -> None:
    """Name the classes of a source that has numbers or names of classes.

    Args:
        uses (Iterable[tuple[Hashable, str, str]]): Number or name of the class, name
            of a video `CLASS/CLIP`, and the place of this record.
        label_map (dict[int, str], optional): Names from the user, see
            `read_label_map`; without it the folders are the names.
        found (Found): The classes are set; contradictions are added to its faults.
        first (int): Number of the first class in the source. The first plain name
            of `label_map` has the number 1.
    """
    names: Dict[Hashable, str] = {}
    places: Dict[Hashable, str] = {}
    if label_map is not None:
        names = {number + first - 1: name for number, name in label_map.items()}
        names.update({name: name for name in label_map.values()})
    for key, video, place in uses:
        if label_map is not None and key not in names and key not in places:
            found.faults.append(
                f'{place}: class {shorten(key)} has no name; --labels has '
                f'{len(label_map)}.'
            )
        elif label_map is None:
            name = str(key) if isinstance(key, str) else f'class {key}'
            if isinstance(key, int) and '/' in video:
                name = video.split('/')[0]
            if names.setdefault(key, name) != name:
                found.faults.append(
                    f'{place}: class {key} is in folder {name} here and in '
                    f'{names[key]} in {places[key]}; give the names with --labels.'
                )
        places.setdefault(key, place)
    numbers = sorted(key for key in names if isinstance(key, int))
    if label_map is None and 0 < len(numbers) < len(names):
        text = next(key for key in names if isinstance(key, str))
        found.faults.append(
            f'{places[text]}: class {shorten(text)} is a name, but class {numbers[0]} '
            f'in {places[numbers[0]]} is a number; use one kind.'
        )
    missing = next((n for n, key in enumerate(numbers, first) if n != key), None)
    if label_map is None and missing is not None:
        found.faults.append(
            f'{places[numbers[-1]]}: class {shorten(numbers[-1])}, but no video has '
            f'class {missing}; classes count from {first} without gaps. Give the '
            'names with --labels.'
        )
    texts = [key for key in names if isinstance(key, str)]
    order: List[Hashable] = [*numbers, *(texts if label_map else sorted(texts))]
    found.name_classes({key: names[key] for key in order})
