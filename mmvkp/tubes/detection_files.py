"""Files of detections.

An `.npz` file that `numpy.load` can read: `meta`, a JSON string with `format`,
`version`, `labels`, `videos` (names) and `tubelet_length` (K); and for video
number i, from 0, `i/frames` (B,), `i/boxes` (B, K, 4), `i/box` (P,), `i/label`
(P,) and `i/score` (P,), see `Detections`.
"""

import json
import os
import zipfile
import zlib
from os import PathLike
from typing import Any, List, Sequence, Union

import numpy as np

from ..checks import check_positive
from ..files import temporary_name
from .detections import Detections, pack_nothing
from .limits import BoundedArrays, short_text

FORMAT = 'mmvkp-tube-detections'
# Errors of NumPy, zipfile and zlib for damaged files.
_DAMAGED = (
    ValueError,
    KeyError,
    TypeError,
    IndexError,
    EOFError,
    OSError,
    NotImplementedError,
    RuntimeError,
    zipfile.BadZipFile,
    zlib.error,
)
ARRAYS = ('frames', 'boxes', 'box', 'label', 'score')


class DetectionWriter:
    """Writer of detections, video by video, used as a context manager.

    The file appears when it is complete.

    Args:
        path (str | PathLike): File to write; its folder is created.
        labels (Sequence[str]): Class names.
        tubelet_length (int): K.
    """

    def __init__(
        self, path: Union[str, PathLike], labels: Sequence[str], tubelet_length: int
    ) -> None:
        self.path = os.fspath(path)
        self.meta = dict(
            format=FORMAT, version=1, labels=list(labels), tubelet_length=tubelet_length
        )
        self.videos: List[str] = []
        self.temporary = temporary_name(self.path)
        self.file = zipfile.ZipFile(self.temporary, 'w', allowZip64=True)

    def add(self, video: str, detections: Detections) -> None:
        """Append a video.

        Args:
            video (str): Its name.
            detections (Detections): Its detections.
        """
        number = len(self.videos)
        full = detections.expanded()
        for name in ARRAYS:
            self._write(f'{number}/{name}', getattr(full, name))
        self.videos.append(video)

    def _write(self, name: str, array: np.ndarray) -> None:
        """Write one array."""
        with self.file.open(f'{name}.npy', 'w', force_zip64=True) as stream:
            np.lib.format.write_array(stream, array, allow_pickle=False)

    def __enter__(self) -> 'DetectionWriter':
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            self._write(
                'meta', np.array(json.dumps({**self.meta, 'videos': self.videos}))
            )
        self.file.close()
        if kind is None:
            os.replace(self.temporary, self.path)
        else:
            os.remove(self.temporary)


class DetectionReader:
    """Reader of the files of `DetectionWriter`, video by video.

    Args:
        path (str | PathLike): The file.

    Raises:
        FileNotFoundError: If the file does not exist.
        ValueError: If it has another format.
    """

    def __init__(self, path: Union[str, PathLike]) -> None:
        self.path = os.fspath(path)
        try:
            self.file = BoundedArrays(self.path)
            meta = json.loads(str(self.file.read('meta')))
            if meta['format'] != FORMAT or meta['version'] != 1:
                raise ValueError('another format')
            self.labels: List[str] = _names(meta['labels'])
            self.videos: List[str] = _names(meta['videos'])
            self.tubelet_length: int = meta['tubelet_length']
            check_positive('meta', tubelet_length=self.tubelet_length)
        except FileNotFoundError:
            raise
        except (*_DAMAGED, RecursionError) as error:
            raise ValueError(
                f'{self.path}: not a file of detections written by '
                f"TubeMetric(dump='FILE.npz') ({short_text(error)})."
            ) from error
        self.numbers = {video: number for number, video in enumerate(self.videos)}

    def read(self, video: str) -> Detections:
        """Detections of a video; empty for a video that the file lacks.

        Args:
            video (str): Name of the video.

        Raises:
            ValueError: If its arrays are damaged or do not fit together.
        """
        if video not in self.numbers:
            return pack_nothing(self.tubelet_length)
        number = self.numbers[video]
        try:
            found = Detections(*(self.file.read(f'{number}/{name}') for name in ARRAYS))
            _check_arrays(found, self.tubelet_length)
        except _DAMAGED as error:
            raise ValueError(
                f'{self.path}: the detections of video {video!r} are damaged '
                f'({short_text(error)}); write the file again.'
            ) from error
        return found


def _names(value: Any) -> List[str]:
    """Check a list of different strings."""
    if not isinstance(value, list) or not all(isinstance(x, str) for x in value):
        raise ValueError('labels or videos are not a list of strings')
    if len(set(value)) < len(value):
        raise ValueError('a label or video appears twice')
    return value


def _check_arrays(found: Detections, tubelet_length: int) -> None:
    """Refuse arrays of types and shapes that `DetectionWriter` does not write."""
    count, number = len(found.frames), len(found.score)
    for name, shape, kinds in (
        ('frames', (count,), 'iu'),
        ('boxes', (count, tubelet_length, 4), 'f'),
        ('box', (number,), 'iu'),
        ('label', (number,), 'iu'),
        ('score', (number,), 'f'),
    ):
        array = getattr(found, name)
        if array.shape != shape or array.dtype.kind not in kinds:
            raise ValueError(f'{name} is {array.dtype} of shape {array.shape}')
        if not np.isfinite(array).all():
            raise ValueError(f'{name} contains NaN or infinity')
    if number and not 0 <= found.box.min() <= found.box.max() < count:
        raise ValueError(f'box has values outside [0, {count})')
