"""Detections of a test, packed small, and the file that holds them.

A test of UCF101-24 has 160 000 frames, 100 boxes in each and 24 scores for
each box. So a box is stored once, a score with the number of its box, and
only the best of a frame and class.
"""

import json
import os
import zipfile
from os import PathLike
from typing import Dict, Iterable, List, NamedTuple, Optional, Tuple, Union

import numpy as np

from .annotations import TubeAnnotations
from .evaluation import Tubelets
from .suppression import rank_order

FORMAT = 'mmvkp-tube-detections'
ARRAYS = ('frames', 'boxes', 'box', 'label', 'score')


class Detections(NamedTuple):
    """Detections of a sample or of a video; boxes are shared by classes.

    Attributes:
        frames (np.ndarray): (B,) int32, first frame of each tubelet, from 1.
        boxes (np.ndarray): (B, K, 4) float32 pixels counted from 0, ends
            inclusive.
        box (np.ndarray): (P,) int32, row of ``boxes`` of each detection.
        label (np.ndarray): (P,) int16, class, counted from 0.
        score (np.ndarray): (P,) float32.
        class_scores (np.ndarray, optional): (C,) float32. If given, P = B,
            ``box`` and ``label`` are empty, and a box has in each class the
            product of both scores.
    """

    frames: np.ndarray
    boxes: np.ndarray
    box: np.ndarray
    label: np.ndarray
    score: np.ndarray
    class_scores: Optional[np.ndarray] = None

    def expanded(self) -> 'Detections':
        """The same with one score for each box and class."""
        if self.class_scores is None:
            return self
        num_boxes, num_classes = len(self.frames), len(self.class_scores)
        return Detections(
            self.frames,
            self.boxes,
            np.tile(np.arange(num_boxes, dtype=np.int32), num_classes),
            np.repeat(np.arange(num_classes, dtype=np.int16), num_boxes),
            np.outer(self.class_scores, self.score).ravel(),
        )

    def tubelets(self) -> Tubelets:
        """Arrays (P, ...) as `evaluate_video` takes them."""
        full = self.expanded()
        return Tubelets(
            full.frames[full.box], full.boxes[full.box], full.label, full.score
        )


def pack(
    frames: np.ndarray,
    boxes: np.ndarray,
    scores: np.ndarray,
    labels: Optional[np.ndarray],
    class_scores: Optional[np.ndarray],
    limit: Optional[int],
) -> Detections:
    """Keep the best detections of each frame and class.

    Args:
        frames (np.ndarray): (B,) first frame of each tubelet.
        boxes (np.ndarray): (B, K, 4).
        scores (np.ndarray): (B,), or (B, C) without ``labels``.
        labels (np.ndarray, optional): (B,).
        class_scores (np.ndarray, optional): (C,), multiplied with ``scores``
            (B,) instead of labels.
        limit (int, optional): Detections of a frame and class that are kept;
            None keeps all. Among equal scores coordinates decide.
    """
    frames = frames.astype(np.int32)
    boxes = boxes.astype(np.float32)
    scores = scores.astype(np.float32)
    empty = np.zeros(0, dtype=np.int32)
    if class_scores is not None:
        best = _best(frames, scores, boxes, limit)
        return Detections(
            frames[best],
            boxes[best],
            empty,
            empty.astype(np.int16),
            scores[best],
            class_scores.astype(np.float32),
        )
    if scores.ndim == 1:
        box, label = np.arange(len(scores)), np.asarray(labels)
    elif limit is None or len(scores) <= limit:
        label, box = np.indices(scores.T.shape).reshape(2, -1)
        return Detections(
            frames,
            boxes,
            box.astype(np.int32),
            label.astype(np.int16),
            scores.T.ravel(),
        )
    else:
        box, label = _candidates(frames, scores, limit)
        scores = scores[box, label]
    groups = label.astype(np.int64) * (int(frames.max(initial=0)) + 1)
    best = _best(groups + frames[box], scores, boxes[box], limit)
    used, box = np.unique(box[best], return_inverse=True)
    return Detections(
        frames[used],
        boxes[used],
        box.astype(np.int32),
        label[best].astype(np.int16),
        scores[best],
    )


def _candidates(
    frames: np.ndarray, scores: np.ndarray, limit: int
) -> Tuple[np.ndarray, np.ndarray]:
    """Boxes and classes with at least the score of the frame's ``limit``-th
    best box; some more where scores are equal."""
    good = np.ones(scores.shape, dtype=bool)
    for frame in np.unique(frames).tolist():
        rows = np.flatnonzero(frames == frame)
        if len(rows) > limit:
            part, place = scores[rows].T, len(rows) - limit
            level = np.partition(part, place, axis=1)[:, place]
            good[rows] = (part >= level[:, None]).T
    label, box = np.nonzero(good.T)
    return box, label


def _best(
    groups: np.ndarray, scores: np.ndarray, boxes: np.ndarray, limit: Optional[int]
) -> np.ndarray:
    """Rows of the ``limit`` best of each group."""
    if limit is None or not len(groups):
        return np.arange(len(groups))
    counts = np.unique(groups, return_counts=True)[1]
    if counts.max() <= limit:
        return np.arange(len(groups))
    order = rank_order(groups, scores, boxes)
    ranked = groups[order]
    rank = np.arange(len(order)) - np.searchsorted(ranked, ranked)
    return np.sort(order[rank < limit])


def merge(video: str, samples: Iterable[Detections], tubelet_length: int) -> Detections:
    """Put the samples of a video together.

    A sample that says the same as an earlier one is dropped: samplers of
    distributed runs give some samples twice.

    Args:
        video (str): Name of the video, for messages.
        samples (Iterable[Detections]): Its samples in any order.
        tubelet_length (int): K, for videos without samples.

    Raises:
        ValueError: If two samples say different things about a frame.
    """
    parts: List[Detections] = []
    of_frame: Dict[int, Detections] = {}
    for sample in samples:
        frames = np.unique(sample.frames).tolist()
        seen = [frame for frame in frames if frame in of_frame]
        if seen:
            if not _same(sample, of_frame[seen[0]]):
                raise ValueError(
                    f'video {video!r}, frame {seen[0]}: two samples have '
                    'different detections on it; each frame (the first frame '
                    'of each tubelet) belongs to one sample. Set '
                    "test_clips='centered' or 'windows' in the data set."
                )
        elif frames:
            of_frame.update(dict.fromkeys(frames, sample))
            parts.append(sample.expanded())
    if not parts:
        parts = [pack_nothing(tubelet_length)]
    shifts = np.cumsum([0] + [len(part.frames) for part in parts[:-1]])
    boxes = [part.box + shift for part, shift in zip(parts, shifts.tolist())]
    return Detections(
        np.concatenate([part.frames for part in parts]),
        np.concatenate([part.boxes for part in parts]),
        np.concatenate(boxes).astype(np.int32),
        np.concatenate([part.label for part in parts]),
        np.concatenate([part.score for part in parts]),
    )


def videos_of_split(annotations: TubeAnnotations, split: int, source: str) -> List[str]:
    """Test videos of a split, each once.

    Args:
        annotations (TubeAnnotations): All splits.
        split (int): From 1 on.
        source (str): Where the annotations are from, for messages.

    Raises:
        ValueError: If there is no such split, it has no videos, or they
            cannot be evaluated.
    """
    splits = annotations.test_videos
    if not 1 <= split <= len(splits):
        raise ValueError(
            f'split={split}, but {source} has {len(splits)} split(s), counted from 1.'
        )
    videos = list(dict.fromkeys(splits[split - 1]))
    if not videos:
        raise ValueError(f'split {split} of {source} has no test videos.')
    num_classes = len(annotations.labels)
    for video in videos:
        labels = annotations.gttubes.get(video, {})
        if video not in annotations.nframes or any(
            not 0 <= label < num_classes for label in labels
        ):
            raise ValueError(
                f'{source}: video {video!r} has no number of frames, or a '
                f'label outside [0, {num_classes - 1}]. '
                'tools/dataset_converters/check_tubes.py finds all faults.'
            )
    return videos


def pack_nothing(tubelet_length: int) -> Detections:
    """No detections.

    Args:
        tubelet_length (int): K.
    """
    return pack(
        np.zeros(0),
        np.zeros((0, tubelet_length, 4)),
        np.zeros(0),
        np.zeros(0),
        None,
        None,
    )


def _same(first: Detections, second: Detections) -> bool:
    return all(a is b is None or np.array_equal(a, b) for a, b in zip(first, second))


class DetectionWriter:
    """Write detections to an ``.npz`` file, one video after the other.

    The file holds arrays only and is read by ``numpy.load`` as it is:
    ``meta``, a JSON string with ``format``, ``version``, ``labels``,
    ``videos`` (names) and ``tubelet_length`` (K); and for the video number i
    (from 0) ``i/frames`` (B,), ``i/boxes`` (B, K, 4), ``i/box`` (P,),
    ``i/label`` (P,) and ``i/score`` (P,) as in `Detections`. It appears under
    its name when it is complete.

    Args:
        path (str | PathLike): File to write; folders are made.
        labels (list[str]): Names of the classes.
        tubelet_length (int): K.
    """

    def __init__(
        self, path: Union[str, PathLike], labels: List[str], tubelet_length: int
    ) -> None:
        self.path = os.fspath(path)
        self.meta = dict(
            format=FORMAT,
            version=1,
            labels=list(labels),
            videos=[],
            tubelet_length=tubelet_length,
        )
        os.makedirs(os.path.dirname(self.path) or '.', exist_ok=True)
        self.temporary = f'{self.path}.tmp{os.getpid()}'
        self.file = zipfile.ZipFile(self.temporary, 'w', allowZip64=True)

    def add(self, video: str, detections: Detections) -> None:
        """Append a video."""
        number = len(self.meta['videos'])
        for name, array in zip(ARRAYS, detections.expanded()):
            self._write(f'{number}/{name}', array)
        self.meta['videos'].append(video)

    def _write(self, name: str, array: np.ndarray) -> None:
        with self.file.open(f'{name}.npy', 'w', force_zip64=True) as stream:
            np.lib.format.write_array(stream, array, allow_pickle=False)

    def __enter__(self) -> 'DetectionWriter':
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            self._write('meta', np.array(json.dumps(self.meta)))
        self.file.close()
        if kind is None:
            os.replace(self.temporary, self.path)
        else:
            os.remove(self.temporary)


class DetectionReader:
    """Read what `DetectionWriter` wrote, video by video.

    Args:
        path (str | PathLike): The file.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it holds something else.
    """

    def __init__(self, path: Union[str, PathLike]) -> None:
        self.path = os.fspath(path)
        try:
            self.file = np.load(self.path, allow_pickle=False)
            meta = json.loads(str(self.file['meta']))
            if meta['format'] != FORMAT or meta['version'] != 1:
                raise ValueError('another format')
            self.labels: List[str] = meta['labels']
            self.videos: List[str] = meta['videos']
            self.tubelet_length: int = meta['tubelet_length']
        except (
            ValueError,
            KeyError,
            TypeError,
            IndexError,
            EOFError,
            zipfile.BadZipFile,
        ) as error:
            raise ValueError(
                f'{self.path}: this is no file of detections as '
                f"TubeMetric(dump='FILE.npz') writes it ({error})."
            ) from error

    def read(self, video: str) -> Detections:
        """Detections of a video; none for one that is not in the file."""
        if video not in self.videos:
            return pack_nothing(self.tubelet_length)
        number = self.videos.index(video)
        return Detections(*(self.file[f'{number}/{name}'] for name in ARRAYS))
