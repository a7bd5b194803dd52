"""Annotations of action tubes in the layout of JHMDB and UCF101-24.

The files `JHMDB-GT.pkl` and `UCF101v2-GT.pkl` were published with the ACT
detector (Kalogeiton et al., ICCV 2017, arXiv:1705.01861): one dict with the keys
of `KEYS`. Frames count from 1. Boxes are `(x1, y1, x2, y2)` in pixels of the
video from 0, ends inclusive. Classes are positions in `labels`, from 0.
"""

import json
import pickle
from dataclasses import dataclass, field
from os import PathLike
from typing import Any, Dict, List, NoReturn, Tuple, Union

import numpy as np

from ..checks import shorten
from ..files import check_path, replacing
from . import limits
from .restricted_pickle import load_restricted_pickle

KEYS = ('labels', 'gttubes', 'nframes', 'train_videos', 'test_videos', 'resolution')


@dataclass
class TubeAnnotations:
    """Tubes of a data set; the fields are named after the keys of the file.

    Args:
        labels (list[str]): Class names.
        gttubes (dict[str, dict[int, list[np.ndarray]]]): Tubes by video and
            class: (n, 5) float32 `frame, x1, y1, x2, y2`, units as above.
        nframes (dict[str, int]): Length of each video.
        train_videos (list[list[str]]): Training videos of each split.
        test_videos (list[list[str]]): Test videos of each split.
        resolution (dict[str, tuple[int, int]]): Height and width of each video
            in pixels.
    """

    labels: List[str] = field(default_factory=list)
    gttubes: Dict[str, Dict[int, List[np.ndarray]]] = field(default_factory=dict)
    nframes: Dict[str, int] = field(default_factory=dict)
    train_videos: List[List[str]] = field(default_factory=list)
    test_videos: List[List[str]] = field(default_factory=list)
    resolution: Dict[str, Tuple[int, int]] = field(default_factory=dict)


def load_tube_annotations(path: Union[str, PathLike]) -> TubeAnnotations:
    """Read annotations of tubes.

    Only the structure is checked; `check_annotations` checks the values.

    Args:
        path (str | PathLike): A pickle of Python 2 or 3, or a `.json` of the same
            structure with lists in place of arrays. A flat list of videos is a
            single split.

    Raises:
        FileNotFoundError: If the file does not exist.
        ValueError: If the file is damaged, has another structure, exceeds the
            bounds of `limits`, or holds more than plain data.
    """
    path = check_path('load_tube_annotations', 'path', path)
    if path.endswith('.json'):
        data = limits.read_json(path)
    else:
        data = load_restricted_pickle(path)
    return parse_tube_annotations(data, path)


def parse_tube_annotations(data: Any, path: Union[str, PathLike]) -> TubeAnnotations:
    """Convert the content of a file of annotations.

    Args:
        data (Any): A dict with the attributes of `TubeAnnotations`.
        path (str | PathLike): The file, for messages.

    Raises:
        ValueError: If it has another structure or exceeds the bounds of `limits`.
    """
    if not isinstance(data, dict):
        raise ValueError(
            f'{path}: holds a {type(data).__name__}; a dict with the keys '
            f'{", ".join(KEYS)} is required.'
        )
    missing = [key for key in KEYS if key not in data]
    if missing:
        present = limits.short_text(', '.join(map(shorten, data)))
        raise ValueError(
            f'{path}: lacks {", ".join(missing)}; it has {present or "no keys"}. A '
            f'file in the layout of UCF101v2-GT.pkl has {", ".join(KEYS)}.'
        )
    parser = _Parser(path)
    return TubeAnnotations(
        labels=[parser.name('labels', label) for label in parser.items(data, 'labels')],
        gttubes={
            video: parser.tubes(video, tubes)
            for video, tubes in parser.pairs(data, 'gttubes')
        },
        nframes={
            video: parser.whole(f'nframes of {video}', count, limits.MAX_FRAMES)
            for video, count in parser.pairs(data, 'nframes')
        },
        train_videos=parser.splits(data, 'train_videos'),
        test_videos=parser.splits(data, 'test_videos'),
        resolution={
            video: parser.size(video, size)
            for video, size in parser.pairs(data, 'resolution')
        },
    )


class _Parser:
    """Converter of the parts of a file; errors name the file and the part."""

    def __init__(self, path: Union[str, PathLike]) -> None:
        self.path = path
        self.rows = 0

    def refuse(self, what: str, value: Any, wanted: str) -> NoReturn:
        """Raise an error about a part."""
        text = shorten(value)
        if isinstance(value, np.ndarray):
            text = f'{value.dtype} of shape {value.shape}'
        what = limits.short_text(what, 120)
        raise ValueError(f'{self.path}: {what} is {text}; {wanted} is required.')

    def items(self, data: dict, key: str) -> list:
        """List of a key."""
        value = data[key]
        if not isinstance(value, (list, tuple, np.ndarray)):
            self.refuse(key, value, 'a list')
        return list(value)

    def pairs(self, data: dict, key: str) -> Any:
        """Items of the dict of a key."""
        if not isinstance(data[key], dict):
            self.refuse(key, data[key], 'a dict with a value for each video')
        pairs = [(self.name(key, name), item) for name, item in data[key].items()]
        if len(dict(pairs)) < len(pairs):
            self.refuse(key, list(data[key]), 'one entry for each video')
        return pairs

    def name(self, key: str, value: Any) -> str:
        """Convert the name of a class or video."""
        if isinstance(value, int) and abs(value) < 2**63:
            value = str(value)
        if not isinstance(value, str) or len(value) > limits.MAX_NAME:
            wanted = f'a string of up to {limits.MAX_NAME} characters'
            self.refuse(f'a name in {key}', value, wanted)
        return str(value)

    def whole(self, what: str, value: Any, limit: int) -> int:
        """Convert an integer in [-limit, limit], which may be stored as a float."""
        try:
            return limits.whole_number(what, value, -limit, limit)
        except ValueError as error:
            raise ValueError(f'{self.path}: {error}') from error

    def size(self, video: str, value: Any) -> Tuple[int, int]:
        """Convert the height and width of a video."""
        what = f'resolution of {video}'
        if not isinstance(value, (list, tuple, np.ndarray)) or len(value) != 2:
            self.refuse(what, value, '(height, width)')
        height, width = (self.whole(what, side, limits.MAX_SIDE) for side in value)
        return height, width

    def splits(self, data: dict, key: str) -> List[List[str]]:
        """Convert the videos of each split."""
        value = self.items(data, key)
        if value and all(isinstance(video, str) for video in value):
            value = [value]
        for number, split in enumerate(value, 1):
            if not isinstance(split, (list, tuple, np.ndarray)):
                self.refuse(f'{key} of split {number}', split, 'a list of videos')
        return [
            [self.name(f'{key} of split {number}', video) for video in split]
            for number, split in enumerate(value, 1)
        ]

    def tubes(self, video: str, value: Any) -> Dict[int, List[np.ndarray]]:
        """Convert the tubes of a video, arrays of shape (n, 5), by class."""
        if not isinstance(value, dict):
            self.refuse(f'gttubes of {video}', value, 'a dict from class to tubes')
        found = {}
        for key, tubes in value.items():
            what = f'gttubes of {video}, class {shorten(key)}'
            # JSON keys are strings.
            label = self.whole(
                f'a class in gttubes of {video}', key, limits.MAX_CLASSES
            )
            if label in found:
                self.refuse(what, key, 'one entry for each class')
            if not isinstance(tubes, (list, tuple)):
                self.refuse(what, tubes, 'a list of arrays')
            found[label] = [
                self.tube(f'{what}, tube {number}', tube)
                for number, tube in enumerate(tubes)
            ]
        return found

    def tube(self, what: str, value: Any) -> np.ndarray:
        """Convert one tube (n, 5)."""
        wanted = 'an array (n, 5) of frame, x1, y1, x2, y2'
        if not isinstance(value, (list, tuple, np.ndarray)):
            self.refuse(what, value, wanted)
        # A small file can refer to one tube many times.
        self.rows += 1 if getattr(value, 'ndim', 1) == 0 else max(1, len(value))
        if self.rows > limits.MAX_ROWS:
            raise ValueError(
                f'{self.path}: the tubes have more than {limits.MAX_ROWS} rows.'
            )
        try:
            tube = np.array(value, dtype=np.float32)
        except (TypeError, ValueError, OverflowError):
            tube = np.zeros(0, dtype=np.float32)
        if tube.ndim != 2 or tube.shape[1] != 5:
            self.refuse(what, value, wanted)
        far = np.abs(tube[:, 0]) > limits.MAX_FRAMES
        if far.any():
            frame = float(tube[far.argmax(), 0])
            wanted = f'a number up to {limits.MAX_FRAMES}'
            self.refuse(f'{what}, frame', frame, wanted)
        return tube


def save_tube_annotations(
    annotations: TubeAnnotations, path: Union[str, PathLike]
) -> None:
    """Write annotations, readable for other projects too.

    Args:
        annotations (TubeAnnotations): The annotations.
        path (str | PathLike): The file: JSON if it ends in `.json`, else a pickle.
    """
    data = {key: getattr(annotations, key) for key in KEYS}
    with replacing(path) as temporary:
        if str(path).endswith('.json'):
            data['gttubes'] = {
                video: {
                    label: [tube.tolist() for tube in tubes]
                    for label, tubes in classes.items()
                }
                for video, classes in annotations.gttubes.items()
            }
            with open(temporary, 'w', encoding='utf-8') as file:
                json.dump(data, file)
        else:
            with open(temporary, 'wb') as file:
                pickle.dump(data, file, protocol=2)
