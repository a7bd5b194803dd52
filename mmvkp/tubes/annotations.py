"""Annotations of action tubes in the layout of JHMDB and UCF101-24.

The layout is that of the files `JHMDB-GT.pkl` and `UCF101v2-GT.pkl`, which
came with the ACT detector (Kalogeiton et al., ICCV 2017, arXiv:1705.01861):
one dict with the six keys of `KEYS`. Frames are counted from 1, boxes are
``(x1, y1, x2, y2)`` in pixels of the video, counted from 0, with ``x2`` and
``y2`` inside the box, and a class is its position, from 0, in ``labels``.
"""

import json
import os
import pickle
from dataclasses import dataclass, field
from os import PathLike
from typing import Any, Dict, List, Tuple, Union

import numpy as np

from .restricted_pickle import load_restricted_pickle

KEYS = ('labels', 'gttubes', 'nframes', 'train_videos', 'test_videos', 'resolution')
# Joints of the JHMDB puppet (Jhuang et al., ICCV 2013).
NUM_PUPPET_JOINTS = 15


@dataclass
class TubeAnnotations:
    """The tubes of a data set.

    Args:
        labels (List[str]): Names of the classes.
        gttubes (Dict[str, Dict[int, List[np.ndarray]]]): For each video, for
            each class in it, its tubes: (n, 5) float32 ``frame, x1, y1, x2,
            y2``; see the text of this module for units.
        nframes (Dict[str, int]): Frames of each video.
        train_videos (List[List[str]]): Training videos of each split.
        test_videos (List[List[str]]): Test videos of each split.
        resolution (Dict[str, Tuple[int, int]]): Height and width of each
            video in pixels.
    """

    labels: List[str] = field(default_factory=list)
    gttubes: Dict[str, Dict[int, List[np.ndarray]]] = field(default_factory=dict)
    nframes: Dict[str, int] = field(default_factory=dict)
    train_videos: List[List[str]] = field(default_factory=list)
    test_videos: List[List[str]] = field(default_factory=list)
    resolution: Dict[str, Tuple[int, int]] = field(default_factory=dict)


def load_tube_annotations(path: Union[str, PathLike]) -> TubeAnnotations:
    """Read annotations of tubes.

    Only the structure is looked at here; whether boxes, frames and labels
    make sense is what `tube_checks` finds out.

    Args:
        path (str | PathLike): A pickle, written by Python 2 or 3, or a file
            ``.json`` of the same structure with arrays as lists. One flat
            list of videos is taken as the only split.

    Returns:
        TubeAnnotations: What the file says.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file is damaged, holds anything but plain data, or
            has another structure.
    """
    if str(path).endswith('.json'):
        with open(path, encoding='utf-8') as file:
            try:
                data = json.load(file)
            except ValueError as error:
                raise ValueError(
                    f'{path}: this is not readable JSON: {error}'
                ) from error
    else:
        data = load_restricted_pickle(path)
    if not isinstance(data, dict):
        raise ValueError(
            f'{path}: holds a {type(data).__name__}; a dict with '
            f'the keys {", ".join(KEYS)} is needed.'
        )
    missing = [key for key in KEYS if key not in data]
    if missing:
        raise ValueError(
            f'{path}: lacks {", ".join(missing)}; it has '
            f'{", ".join(map(str, data)) or "no keys"}. A file in the layout '
            f'of UCF101v2-GT.pkl has {", ".join(KEYS)}.'
        )
    reader = _Reader(path)
    return TubeAnnotations(
        labels=[str(label) for label in reader.items(data, 'labels')],
        gttubes={
            str(video): reader.tubes(video, tubes)
            for video, tubes in reader.pairs(data, 'gttubes')
        },
        nframes={
            str(video): reader.whole(f'nframes of {video}', count)
            for video, count in reader.pairs(data, 'nframes')
        },
        train_videos=reader.splits(data, 'train_videos'),
        test_videos=reader.splits(data, 'test_videos'),
        resolution={
            str(video): reader.size(video, size)
            for video, size in reader.pairs(data, 'resolution')
        },
    )


class _Reader:
    """Turns parts of a file into the types of `TubeAnnotations`, and names the
    file and the part where it cannot."""

    def __init__(self, path: Union[str, PathLike]) -> None:
        self.path = path

    def refuse(self, what: str, value: Any, wanted: str) -> None:
        """Raise an error about a part."""
        text = repr(value)
        if isinstance(value, np.ndarray):
            text = f'{value.dtype} of shape {value.shape}'
        text = text if len(text) <= 60 else text[:57] + '...'
        raise ValueError(f'{self.path}: {what} is {text}; {wanted} is needed.')

    def items(self, data: dict, key: str) -> list:
        """The list under a key."""
        value = data[key]
        if not isinstance(value, (list, tuple, np.ndarray)):
            self.refuse(key, value, 'a list')
        return list(value)

    def pairs(self, data: dict, key: str) -> Any:
        """The dict under a key, as pairs."""
        if not isinstance(data[key], dict):
            self.refuse(key, data[key], 'a dict with a value for each video')
        return data[key].items()

    def whole(self, what: str, value: Any) -> int:
        """A whole number."""
        try:
            number = float(value)
        except (TypeError, ValueError):
            number = np.nan
        if not number.is_integer():
            self.refuse(what, value, 'a whole number')
        return int(number)

    def size(self, video: str, value: Any) -> Tuple[int, int]:
        """Height and width of a video."""
        what = f'resolution of {video}'
        if not isinstance(value, (list, tuple, np.ndarray)) or len(value) != 2:
            self.refuse(what, value, '(height, width)')
        return self.whole(what, value[0]), self.whole(what, value[1])

    def splits(self, data: dict, key: str) -> List[List[str]]:
        """Videos of each split."""
        value = self.items(data, key)
        if value and all(isinstance(video, str) for video in value):
            value = [value]
        for number, split in enumerate(value, 1):
            if not isinstance(split, (list, tuple, np.ndarray)):
                self.refuse(f'{key} of split {number}', split, 'a list of videos')
        return [[str(video) for video in split] for split in value]

    def tubes(self, video: str, value: Any) -> Dict[int, List[np.ndarray]]:
        """Tubes of a video by class."""
        if not isinstance(value, dict):
            self.refuse(f'gttubes of {video}', value, 'a dict from class to tubes')
        found = {}
        for key, tubes in value.items():
            what = f'gttubes of {video}, class {key!r}'
            # JSON has no other keys than strings.
            label = self.whole(f'a class in gttubes of {video}', key)
            if not isinstance(tubes, (list, tuple)):
                self.refuse(what, tubes, 'a list of arrays')
            found[label] = [
                self.tube(f'{what}, tube {number}', tube)
                for number, tube in enumerate(tubes)
            ]
        return found

    def tube(self, what: str, value: Any) -> np.ndarray:
        """One tube."""
        try:
            tube = np.array(value, dtype=np.float32)
        except (TypeError, ValueError):
            tube = np.zeros(0)
        if tube.ndim != 2 or tube.shape[1] != 5:
            self.refuse(what, value, 'an array (n, 5) of frame, x1, y1, x2, y2')
        return tube


def save_tube_annotations(
    annotations: TubeAnnotations, path: Union[str, PathLike]
) -> None:
    """Write annotations so that `load_tube_annotations` and the loaders of
    other projects read them.

    Args:
        annotations (TubeAnnotations): What to write.
        path (str | PathLike): A new file, JSON if it ends in ``.json``, else
            a pickle. It appears at its name only when it is complete.
    """
    data = {key: getattr(annotations, key) for key in KEYS}
    temporary = f'{path}.tmp{os.getpid()}'
    try:
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
        os.replace(temporary, path)
    finally:
        if os.path.exists(temporary):
            os.remove(temporary)


def load_mat_variable(path: Union[str, PathLike], name: str) -> Any:
    """Read one variable of a MATLAB file.

    Args:
        path (str | PathLike): A ``.mat`` file up to version 7.
        name (str): Name of the variable.

    Returns:
        Any: An array as SciPy gives it, or None if there is no such variable.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file cannot be read.
    """
    from scipy.io import loadmat

    with open(path, 'rb') as file:
        try:
            return loadmat(file, variable_names=[name]).get(name)
        except Exception as error:  # scipy has no common class for them
            raise ValueError(
                f'{path}: this is not a readable .mat file '
                f'({type(error).__name__}: {error}). It may be cut off, or '
                'saved as version 7.3; save it as version 7.'
            ) from error


def load_joint_positions(path: Union[str, PathLike]) -> np.ndarray:
    """Read the joints of one video of JHMDB.

    Args:
        path (str | PathLike): A ``joint_positions.mat``; its ``pos_img`` is
            (2, 15, n), x before y, in pixels counted from 1.

    Returns:
        np.ndarray: (n, 15, 2) float32, x before y, in pixels counted from 0;
        frame 1 comes first. Joints may lie outside the image.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file is damaged or holds something else.
    """
    joints = load_mat_variable(path, 'pos_img')
    if joints is None:
        raise ValueError(
            f'{path}: has no variable pos_img, which the '
            'joint_positions.mat of JHMDB have.'
        )
    joints = np.asarray(joints)
    if (
        joints.dtype.kind not in 'fiu'
        or joints.ndim not in (2, 3)
        or joints.shape[:2] != (2, NUM_PUPPET_JOINTS)
    ):
        raise ValueError(
            f'{path}: pos_img is {joints.dtype} of shape {joints.shape}; '
            f'numbers of shape (2, {NUM_PUPPET_JOINTS}, frames) are needed.'
        )
    # MATLAB drops the last axis of a single frame.
    joints = joints.reshape(2, NUM_PUPPET_JOINTS, -1)
    return joints.transpose(2, 1, 0).astype(np.float32) - 1
