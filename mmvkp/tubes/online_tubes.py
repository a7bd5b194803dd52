"""Inputs and results of the linking of a stream."""

from dataclasses import dataclass, field, replace
from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Tuple, Union

import numpy as np

from ..checks import check_choice, check_flag, check_number, check_positive

APPEARANCES = ('colour', 'network')


class LinkOptions(NamedTuple):
    """Parameters of `OnlineLinker`; the defaults were chosen here.

    Attributes:
        nms_threshold (float): Boxes of a frame whose IoU with a better box, of any
            class, exceeds this value are removed.
        iou_threshold (float): IoU from which a box extends a tube.
        max_gap (int): Frames that a tube may miss.
        start_score (float): Smallest score of a box that starts a tube, see
            `FrameDetections.scores`.
        keep_score (float): Smallest score of a box that extends a tube.
        min_length (int): Boxes of a tube before it is shown and gets its id;
            shorter tubes are dropped.
        max_rows (int): Stored frames of an open tube. Longer tubes are returned in
            pieces with the same id.
        motion (bool): Predict positions by a Kalman filter, see `BoxMotion`.
        appearance (str, optional): Compare the appearance of boxes and actors:
            `'colour'`, histogram of the box, or `'network'`, feature at its centre.
        min_similarity (float): Least cosine of the appearance, else a box does not
            extend a tube.
        occlusion (float): Seconds that a tube with an id may miss, if they are more
            than `max_gap`.
        class_thresholds (float | Sequence[float], optional): Class score from which
            a tube starts, of all classes or of each (C,). None: a tube is as long as
            its actor is seen.
        end_ratio (float): Share of the threshold; the action is over when the score
            of its class stays below.
        end_after (float): Seconds below before a tube ends.
    """

    nms_threshold: float = 0.5
    iou_threshold: float = 0.3
    max_gap: int = 8
    start_score: float = 0.3
    keep_score: float = 0.15
    min_length: int = 3
    max_rows: int = 1000
    motion: bool = False
    appearance: Optional[str] = None
    min_similarity: float = 0.5
    occlusion: float = 0.0
    class_thresholds: Optional[Union[float, Sequence[float]]] = None
    end_ratio: float = 0.5
    end_after: float = 0.2

    @property
    def uses_cues(self) -> bool:
        """True if boxes are matched by motion or appearance."""
        return self.motion or bool(self.appearance)

    def thresholds_of(self, num_classes: int) -> Optional[np.ndarray]:
        """Thresholds (C,) of the classes.

        Raises:
            ValueError: If there are thresholds for another number of classes.
        """
        given = self.class_thresholds
        if given is None:
            return None
        values = np.atleast_1d(np.asarray(given, dtype=np.float64))
        if len(values) not in (1, num_classes):
            raise ValueError(
                f'LinkOptions: class_thresholds has {len(values)} values for '
                f'{num_classes} classes; give one value, or one for each class.'
            )
        return np.broadcast_to(values, num_classes)

    def check(self) -> None:
        """Refuse invalid values.

        Raises:
            TypeError: If a value has the wrong type.
            ValueError: If a value is out of range.
        """
        shares = ('nms_threshold', 'iou_threshold', 'start_score', 'keep_score')
        for name in (*shares, 'min_similarity', 'end_ratio'):
            value = getattr(self, name)
            if not 0 <= value <= 1:
                raise ValueError(f'LinkOptions: {name}={value} is outside [0, 1].')
        if self.keep_score > self.start_score:
            raise ValueError(
                f'LinkOptions: keep_score={self.keep_score} is above '
                f'start_score={self.start_score}: a tube could start with a box '
                'that cannot extend it. Reduce keep_score.'
            )
        check_positive(
            'LinkOptions', min_length=self.min_length, max_rows=self.max_rows
        )
        check_number('LinkOptions', 0, occlusion=self.occlusion)
        check_number('LinkOptions', 0, end_after=self.end_after)
        check_flag('LinkOptions', motion=self.motion)
        if self.appearance is not None:
            check_choice('LinkOptions', 'appearance', self.appearance, APPEARANCES)
        if not isinstance(self.max_gap, int) or self.max_gap < 0:
            raise ValueError(
                f'LinkOptions: max_gap={self.max_gap!r} is not an integer >= 0.'
            )
        if self.max_rows < 2:
            raise ValueError(
                f'LinkOptions: max_rows={self.max_rows} is below 2; interpolation '
                'needs two rows.'
            )
        if self.class_thresholds is not None:
            for value in np.atleast_1d(np.asarray(self.class_thresholds, dtype=object)):
                check_number('LinkOptions', 0, class_thresholds=value)
                if not 0 < value <= 1:
                    raise ValueError(
                        f'LinkOptions: class_thresholds has {value}, outside (0, 1].'
                    )

    def check_packages(self) -> None:
        """Refuse cues whose package is missing.

        Raises:
            ImportError: If SciPy is missing and needed.
        """
        if not self.uses_cues:
            return
        try:
            import scipy  # noqa: F401
        except ImportError as error:
            raise ImportError(
                'LinkOptions: linking by motion or appearance needs SciPy; install it '
                '(pip install scipy), or set motion=False and appearance=None '
                '(--no-motion --appearance none).'
            ) from error


@dataclass
class FrameDetections:
    """Actors of one frame.

    Args:
        boxes (np.ndarray): (P, 4) float32 `x1, y1, x2, y2` in pixels of the frame
            from 0, ends inclusive.
        scores (np.ndarray): (P,) float32 in [0, 1]: confidence that an actor
            exists, independent of the class.
        class_scores (np.ndarray): (P, C) float32, score of each class.
        joints (np.ndarray, optional): (P, K, 2) float32 in the same pixels.
        joint_scores (np.ndarray, optional): (P, K) float32.
        features (np.ndarray, optional): (P, D) float32, appearance of each actor.
    """

    boxes: np.ndarray
    scores: np.ndarray
    class_scores: np.ndarray
    joints: Optional[np.ndarray] = None
    joint_scores: Optional[np.ndarray] = None
    features: Optional[np.ndarray] = None

    def __len__(self) -> int:
        """Number of boxes."""
        return len(self.boxes)

    def pick(self, index: np.ndarray) -> 'FrameDetections':
        """Select detections.

        Args:
            index (np.ndarray): Indices (Q,) or a mask (P,).

        Returns:
            FrameDetections: New arrays.
        """
        optional = (self.joints, self.joint_scores, self.features)
        return FrameDetections(
            self.boxes[index],
            self.scores[index],
            self.class_scores[index],
            *(None if each is None else each[index] for each in optional),
        )


@dataclass
class LinkedTube:
    """The tube of one actor, or a piece of it.

    Args:
        id (int): Unique number of the actor, from 1. With `class_thresholds` an actor
            has one tube for each of its actions.
        label (int): Class with the best mean score, from 0; with `class_thresholds`
            relative to its threshold.
        score (float): Mean score of this class over the tube so far.
        class_scores (np.ndarray): (C,) mean scores of all classes.
        frames (np.ndarray): (n,) frame numbers, from 1, without gaps.
        boxes (np.ndarray): (n, 4) float32, see `FrameDetections`; interpolated in
            missed frames.
        joints (np.ndarray, optional): (n, K, 2) float32, likewise.
        joint_scores (np.ndarray, optional): (n, K) float32, likewise.
        finished (bool): False if the tube exceeded `max_rows` frames and continues
            in a piece with the same id.
    """

    id: int
    label: int
    score: float
    class_scores: np.ndarray
    frames: np.ndarray
    boxes: np.ndarray
    joints: Optional[np.ndarray] = None
    joint_scores: Optional[np.ndarray] = None
    finished: bool = True


@dataclass
class FrameTubes:
    """Tubes in one frame of a stream.

    Args:
        frame (int): Frame number, from 1; dropped frames are counted.
        timestamp (float): Seconds since the start of the stream; NaN if unknown.
        boxes (np.ndarray): (n, 4) float32, see `FrameDetections`.
        ids (np.ndarray): (n,) int64, see `LinkedTube`.
        labels (np.ndarray): (n,) int64, class with the best mean score of the tube
            so far, from 0.
        scores (np.ndarray): (n,) float32, mean score of this class.
        joints (np.ndarray, optional): (n, K, 2) float32 in pixels.
        joint_scores (np.ndarray, optional): (n, K) float32.
        ended (list[LinkedTube]): Tubes, and pieces of long tubes, that ended at
            this frame; each is returned once.
        dropped (int): Camera frames skipped so far.
    """

    frame: int
    timestamp: float
    boxes: np.ndarray
    ids: np.ndarray
    labels: np.ndarray
    scores: np.ndarray
    joints: Optional[np.ndarray] = None
    joint_scores: Optional[np.ndarray] = None
    ended: List[LinkedTube] = field(default_factory=list)
    dropped: int = 0

    def __len__(self) -> int:
        """Number of shown tubes."""
        return len(self.ids)


def merge_pieces(tubes: Sequence[LinkedTube]) -> List[LinkedTube]:
    """Join the pieces of long tubes.

    Args:
        tubes (Sequence[LinkedTube]): Pieces in the order of the stream.

    Returns:
        list[LinkedTube]: The tubes by ascending id and time.
    """
    groups: Dict[Tuple[int, int], List[LinkedTube]] = {}
    finished: Dict[int, int] = {}
    for tube in tubes:
        done = finished.get(tube.id, 0)
        groups.setdefault((tube.id, done), []).append(tube)
        finished[tube.id] = done + tube.finished
    merged = []
    for key in sorted(groups):
        parts, last = groups[key], groups[key][-1]
        columns: Dict[str, Any] = {
            name: None
            if getattr(last, name) is None
            else np.concatenate([getattr(part, name) for part in parts])
            for name in ('frames', 'boxes', 'joints', 'joint_scores')
        }
        merged.append(replace(last, **columns))
    return merged
