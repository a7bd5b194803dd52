"""Readers of the corrected annotations of UCF101-24 by Gurkirt Singh.

Source of the formats: github.com/gurkirt/corrected-UCF101-Annots and its
issue 1, and github.com/gurkirt/realtime-action-detection, issue 11.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any, Dict, Iterator, List, NamedTuple, Union

import numpy as np

from ...checks import shorten
from ..limits import MAX_CLASSES, MAX_NAME, short_text
from ..mat_files import load_mat_variable
from ..restricted_pickle import load_restricted_pickle
from .found import Found, name_numbers
from .options import FormatOptions


class _Tube(NamedTuple):
    """One tube of a source.

    Args:
        place (str): Its place in the source, for messages.
        video (str): Name of the video.
        label (int | str): Class, from 1, or its name.
        first (int): First frame, from 1.
        last (int): Last frame.
        boxes (np.ndarray): (n, 4) `x, y, w, h` in pixels from 1.
    """

    place: str
    video: str
    label: Union[int, str]
    first: int
    last: int
    boxes: np.ndarray


def _collect(tubes: Iterator[_Tube], found: Found, options: FormatOptions) -> Found:
    """Check tubes and convert them to the convention of `Found`."""
    uses = []
    for tube in tubes:
        place, video, label, first, last, boxes = tube
        if isinstance(label, int) and not -MAX_CLASSES <= label <= MAX_CLASSES:
            found.faults.append(f'{place}: class {shorten(label)} is out of range.')
            continue
        uses.append((label, video, place))
        count = last - first + 1
        if count < 1 or boxes.shape != (count, 4):
            found.faults.append(
                f'{place}: boxes of shape {boxes.shape} for the {shorten(count)} '
                f'frames {shorten(first)} to {shorten(last)}; ({shorten(count)}, 4) is '
                'required.'
            )
            continue
        # The arrays are uint8 or uint16, in which x + w overflows.
        x, y, w, h = boxes.astype(float).T
        edges = np.column_stack([x - 1, y - 1, x + w - 1, y + h - 1])
        found.add(video, label, dict(enumerate(edges, first)), options.max_gap)
    name_numbers(uses, options.label_map, found)
    return found


def _class_of(value: Any, first: int) -> Union[int, str]:
    """Class of a record, from 1, or its name; `first` is the first number there."""
    if isinstance(value, np.ndarray):
        value = value.item()
    if isinstance(value, str) and not value.strip().isdecimal():
        if not value.strip() or len(value) > MAX_NAME:
            raise ValueError(f'class {shorten(value)} is not a name')
        return value.strip()
    if float(value) != int(value):
        raise ValueError(f'class {shorten(value)} is not an integer')
    return int(value) + 1 - first


def read_pyannot(sources: List[Path], options: FormatOptions) -> Found:
    """Read `pyannot.pkl`.

    It is a dict from videos to `label`, `numf` and `annotations`, dicts of `label`
    (from 0, or a name), `sf` (first frame, from 0), `ef` (the frame after the last)
    and `boxes`. `pyannot_with_class_names.pkl` has this dict as `db`, beside `classes`
    and `trainvideos`, which are used unless the user gives others.

    Args:
        sources (list[Path]): The pickles.
        options (FormatOptions): `label_map` and `max_gap` are used.

    Raises:
        ValueError: If a file has another format.
    """
    found = Found()
    names: Dict[int, str] = {}

    def named(path: Path, content: Dict[Any, Any]) -> Dict[Any, Any]:
        """Videos of a file with names of classes; its names and split are stored."""
        videos, train = content['db'], content.get('trainvideos', ())
        for key, value in (('classes', content['classes']), ('trainvideos', train)):
            if not isinstance(value, (list, tuple, set, frozenset)) or not all(
                isinstance(each, str) for each in value
            ):
                raise ValueError(f'{path}: {key} is not a list of names.')
        if not isinstance(videos, dict):
            raise ValueError(f'{path}: db is not a dict of videos.')
        names.update(enumerate(content['classes'], 1))
        if train:
            trained = [video for video in videos if video in train]
            tested = [video for video in videos if video not in train]
            found.splits = [trained], [tested]
            unknown = sorted(set(train) - set(videos))
            if unknown:
                found.notes.append(
                    f'{len(unknown)} training videos have no annotations (first: '
                    f'{unknown[0]})'
                )
        return videos

    def tubes(path: Path) -> Iterator[_Tube]:
        """Read the tubes of one pickle."""
        content = load_restricted_pickle(path)
        if not isinstance(content, dict):
            raise ValueError(
                f'{path}: holds a {type(content).__name__}; '
                'pyannot.pkl is a dict of videos.'
            )
        if 'db' in content and 'classes' in content:
            content = named(path, content)
        for video, entry in content.items():
            place = f'{path}, {short_text(shorten(video, 200).strip(chr(39)))}'
            try:
                if not isinstance(video, str):
                    raise TypeError('the name of a video is a string')
                found.num_frames[video] = int(entry['numf'])
                for number, tube in enumerate(entry['annotations']):
                    place = f'{path}, {short_text(video)}, annotation {number}'
                    yield _Tube(
                        place,
                        video,
                        _class_of(tube['label'], 0),
                        int(tube['sf']) + 1,
                        int(tube['ef']),
                        np.asarray(tube['boxes']),
                    )
            except (
                KeyError,
                TypeError,
                ValueError,
                IndexError,
                OverflowError,
            ) as error:
                found.faults.append(
                    f'{place}: cannot be read ({short_text(repr(error))}).'
                )

    every = [tube for path in sources for tube in tubes(path)]
    if names and options.label_map is None:
        options = replace(options, label_map=names)
    return _collect(iter(every), found, options)


def read_final_annots(sources: List[Path], options: FormatOptions) -> Found:
    """Read `finalAnnots.mat`.

    Its struct array `annot` has the fields `name`, `num_imgs` and `tubes`, a
    struct array of `class` (from 1, or a name), `sf` (first frame, from 1), `ef` (last
    frame) and `boxes`.

    Args:
        sources (list[Path]): The `.mat` files.
        options (FormatOptions): `label_map` and `max_gap` are used.

    Raises:
        ValueError: If a file has another format.
    """
    found = Found()

    def tubes(path: Path) -> Iterator[_Tube]:
        """Read the tubes of one file."""
        for record in _load_annot(path):
            place = str(path)
            try:
                video = str(record['name'].item())
                place = f'{path}, {video}'
                found.num_frames[video] = int(record['num_imgs'].item())
                struct = record['tubes']
                if not struct.dtype.names:
                    continue  # a video without tubes
                for number, tube in enumerate(struct.ravel()):
                    place = f'{path}, {video}, tube {number + 1}'
                    yield _Tube(
                        place,
                        video,
                        _class_of(tube['class'], 1),
                        int(tube['sf'].item()),
                        int(tube['ef'].item()),
                        tube['boxes'],
                    )
            except (
                KeyError,
                TypeError,
                ValueError,
                AttributeError,
                IndexError,
                OverflowError,
            ) as error:
                found.faults.append(
                    f'{place}: cannot be read ({short_text(repr(error))}).'
                )

    return _collect((tube for path in sources for tube in tubes(path)), found, options)


def _load_annot(path: Path) -> Any:
    """Records of the variable `annot`."""
    annot = load_mat_variable(path, 'annot')
    names = getattr(getattr(annot, 'dtype', None), 'names', None) or ()
    missing = {'name', 'num_imgs', 'tubes'} - set(names)
    if annot is None or missing:
        raise ValueError(
            f'{path}: the variable annot must be a struct array with the '
            f'fields name, num_imgs and tubes; {", ".join(sorted(missing))} '
            'is missing.'
        )
    return annot.ravel()
