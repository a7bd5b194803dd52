"""What the linking of a stream takes and gives."""

from dataclasses import dataclass, field
from typing import Any, List, NamedTuple, Optional, Sequence

import numpy as np
from torch import nn

from ..checks import check_positive


class LinkOptions(NamedTuple):
    """Parameters of `OnlineLinker`; all were chosen here.

    Attributes:
        nms_threshold (float): Boxes of a frame that overlap a better one by
            more than this are left out, whatever their class.
        iou_threshold (float): Overlap from which on a box extends a tube.
        max_gap (int): Frames that a tube may miss. 0 ends it at once.
        start_score (float): Least score of a box that begins a tube. This
            and the next are about `FrameDetections.scores`, whatever the class.
        keep_score (float): Least score of a box that extends one.
        min_length (int): Boxes that a tube needs before it is shown and gets
            its id; shorter ones vanish.
        max_rows (int): Frames of an open tube that are remembered. A longer
            one is handed out in pieces, which share its id.
    """

    nms_threshold: float = 0.5
    iou_threshold: float = 0.3
    max_gap: int = 8
    start_score: float = 0.3
    keep_score: float = 0.15
    min_length: int = 3
    max_rows: int = 1000

    def check(self) -> None:
        """Refuse values that mean nothing.

        Raises:
            TypeError: If a count is no integer.
            ValueError: If a value is out of range.
        """
        for name in ('nms_threshold', 'iou_threshold', 'start_score', 'keep_score'):
            value = getattr(self, name)
            if not 0 <= value <= 1:
                raise ValueError(f'LinkOptions: {name}={value} is outside [0, 1].')
        if self.keep_score > self.start_score:
            raise ValueError(
                f'LinkOptions: keep_score={self.keep_score} is above '
                f'start_score={self.start_score}; a tube could begin with a '
                'box that may not extend it. Lower keep_score.'
            )
        check_positive(
            'LinkOptions', min_length=self.min_length, max_rows=self.max_rows
        )
        if not isinstance(self.max_gap, int) or self.max_gap < 0:
            raise ValueError(
                f'LinkOptions: max_gap={self.max_gap!r} must be '
                'a whole number of frames, at least 0.'
            )
        if self.max_rows < 2:
            raise ValueError(
                f'LinkOptions: max_rows={self.max_rows} is below '
                '2, which interpolation needs.'
            )


@dataclass
class FrameDetections:
    """Who was found in one frame.

    Args:
        boxes (np.ndarray): (P, 4) float32 ``x1, y1, x2, y2`` in pixels of
            the frame, counted from 0, ``x2`` and ``y2`` inside the box.
        scores (np.ndarray): (P,) float32 in [0, 1]: how sure it is that
            somebody is there, whatever they do.
        class_scores (np.ndarray): (P, C) float32, score of each class.
        joints (np.ndarray, optional): (P, K, 2) float32 in the same pixels.
        joint_scores (np.ndarray, optional): (P, K) float32.
    """

    boxes: np.ndarray
    scores: np.ndarray
    class_scores: np.ndarray
    joints: Optional[np.ndarray] = None
    joint_scores: Optional[np.ndarray] = None

    def __len__(self) -> int:
        """Boxes there are."""
        return len(self.boxes)

    def pick(self, index: np.ndarray) -> 'FrameDetections':
        """Some of them.

        Args:
            index (np.ndarray): Places or a mask.

        Returns:
            FrameDetections: New arrays.
        """
        parts = (
            self.boxes,
            self.scores,
            self.class_scores,
            self.joints,
            self.joint_scores,
        )
        return FrameDetections(
            *(part if part is None else part[index] for part in parts)
        )


def detections_of(model: nn.Module, sample: Any) -> FrameDetections:
    """What a Point3D says about a sample, for all frames it answers for.

    Args:
        model (nn.Module): `Point3D`.
        sample (ActionDataSample): As `collect_results` returns it.

    Returns:
        FrameDetections: In numpy.
    """
    found = sample.pred_instances.cpu().numpy()
    scores = found.scores
    if model.cls_head is None:
        class_scores = np.eye(model.point_head.num_classes, dtype=np.float32)[
            found.labels
        ]
        class_scores = class_scores * scores[:, None]
    elif scores.ndim == 1:
        class_scores = scores[:, None] * sample.class_scores.cpu().numpy()
    else:
        class_scores = scores
        # Products with probabilities: with one label these sum to 1.
        several = model.cls_head.multi_label
        scores = scores.max(1) if several else scores.sum(1).clip(max=1)
    return FrameDetections(
        found.bboxes,
        scores,
        class_scores,
        found.get('keypoints'),
        found.get('keypoint_scores'),
    )


@dataclass
class LinkedTube:
    """One actor from the first to the last frame, or a piece of that.

    Args:
        id (int): Number of the actor, from 1, never given twice.
        label (int): Class with the best mean score, from 0.
        score (float): That mean over the whole tube up to here.
        class_scores (np.ndarray): (C,) means of all classes.
        frames (np.ndarray): (n,) numbers from 1, without gaps.
        boxes (np.ndarray): (n, 4) float32, as in `FrameDetections`; interpolated
            where nothing was found.
        joints (np.ndarray, optional): (n, K, 2) float32, likewise.
        joint_scores (np.ndarray, optional): (n, K) float32, likewise.
        finished (bool): Whether the tube ends here. If not, it had more than
            ``max_rows`` frames, and a piece with the same id follows.
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
    """The tubes that pass through one frame of a stream, seen from then.

    Args:
        frame (int): Number of the frame, from 1, dropped ones counted.
        timestamp (float): Seconds since the beginning of the stream; NaN if
            nobody knows.
        boxes (np.ndarray): (n, 4) float32, as in `FrameDetections`.
        ids (np.ndarray): (n,) int64, see `LinkedTube`.
        labels (np.ndarray): (n,) int64, class with the best mean score of
            the tube so far, from 0.
        scores (np.ndarray): (n,) float32, that mean.
        joints (np.ndarray, optional): (n, K, 2) float32 in pixels.
        joint_scores (np.ndarray, optional): (n, K) float32.
        ended (list[LinkedTube]): Tubes, and pieces of long ones, that ended
            when this frame came. They are nowhere else.
        dropped (int): Frames of the camera that nobody has looked at so far.
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
        """Tubes that are shown."""
        return len(self.ids)


def merge_pieces(tubes: Sequence[LinkedTube]) -> List[LinkedTube]:
    """Put pieces of long tubes together.

    Args:
        tubes (Sequence[LinkedTube]): In the order in which they came.

    Returns:
        list[LinkedTube]: One for each id, by rising id.
    """
    groups: dict = {}
    for tube in tubes:
        groups.setdefault(tube.id, []).append(tube)
    merged = []
    for number in sorted(groups):
        parts, last = groups[number], groups[number][-1]
        names = ('frames', 'boxes', 'joints', 'joint_scores')
        columns = {
            name: None
            if getattr(last, name) is None
            else np.concatenate([getattr(part, name) for part in parts])
            for name in names
        }
        merged.append(
            LinkedTube(
                last.id,
                last.label,
                last.score,
                last.class_scores,
                **columns,
                finished=last.finished,
            )
        )
    return merged
