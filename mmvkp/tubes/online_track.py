"""An actor of a stream that may still be seen again."""

from collections import deque
from typing import Deque, List, NamedTuple, Optional, Tuple

import numpy as np

from .motion import BoxMotion
from .online_tubes import LinkedTube

# Recent detections that determine the speed of an actor.
_MEMORY = 5
# Share of the newest detection in the appearance of an actor.
_RENEWAL = 0.1


class Row(NamedTuple):
    """Stored data of a tube in one frame."""

    frame: int
    box: np.ndarray
    joints: Optional[np.ndarray]
    joint_scores: Optional[np.ndarray]


class ActionRule(NamedTuple):
    """Start and end of the tubes of an actor.

    Attributes:
        min_length (int): Detections before a tube is shown.
        thresholds (np.ndarray, optional): (C,) class scores from which a tube starts.
            None: a tube is as long as its actor is seen.
        end_ratio (float): Share of the threshold below which the action is over.
        end_frames (int): Frames below before the tube ends.
    """

    min_length: int
    thresholds: Optional[np.ndarray] = None
    end_ratio: float = 1.0
    end_frames: int = 0


class Track:
    """An actor and its current tube.

    Args:
        rule (ActionRule): Start and end of tubes.

    Attributes: `id` (int), 0 before the first tube is shown; `last` (Row), newest
    detection; `rows` (list[Row]) of the current tube; `acting` (bool), True while it
    is shown; `motion`, up to frame `moved`, and `feature` (D,), cues.
    """

    def __init__(self, rule: ActionRule) -> None:
        self.rule = rule
        self.id = 0
        self.last: Optional[Row] = None
        self.recent: Deque[Tuple[int, np.ndarray]] = deque(maxlen=_MEMORY)
        self.motion: Optional[BoxMotion] = None
        self.moved = 0
        self.feature: Optional[np.ndarray] = None
        self._clear()

    def _clear(self) -> None:
        """Start without a tube."""
        self.rows: List[Row] = []
        self.total: np.ndarray = np.zeros(0)
        self.count = 0
        self.acting = False
        # Rows, total and count up to the last high score.
        self.good: Tuple[int, np.ndarray, int] = (0, self.total, 0)
        self.low_since: Optional[int] = None

    @property
    def newest(self) -> Row:
        """The last detection."""
        if self.last is None:
            raise ValueError('Track: extend() was not called.')
        return self.last

    def extend(self, row: Row, class_scores: np.ndarray) -> None:
        """Append a detection with class scores of shape (C,)."""
        self.last = row
        self.recent.append((row.frame, (row.box[:2] + row.box[2:]) / 2))
        scores = class_scores.astype(np.float64)
        limits = self.rule.thresholds
        if limits is not None and not self.acting and (scores < limits).all():
            self._clear()
            return
        self.rows.append(row)
        self.total = scores if not self.count else self.total + scores
        self.count += 1
        high = True
        if limits is not None and self.count > 1:
            # Of the tube up to here: the next action must not change its class.
            label = self.label()
            high = bool(scores[label] >= self.rule.end_ratio * limits[label])
        if high:
            self.good = (len(self.rows), self.total, self.count)
            self.low_since = None
        elif self.low_since is None:
            self.low_since = row.frame
        label = self.label()
        self.acting = self.acting or (
            self.count >= self.rule.min_length
            and (limits is None or bool(self.means()[label] >= limits[label]))
        )

    def update_cues(
        self, fps: float, use_motion: bool, feature: Optional[np.ndarray]
    ) -> None:
        """Learn from the newest detection.

        Args:
            fps (float): Frames per second.
            use_motion (bool): Update the Kalman filter.
            feature (np.ndarray, optional): Appearance (D,) of unit length.
        """
        row = self.newest
        if use_motion:
            if self.motion is None:
                self.motion, self.moved = BoxMotion(row.box), row.frame
            else:
                self.motion.update((row.frame - self.moved) / fps, row.box)
                self.moved = row.frame
        if feature is not None:
            if self.feature is not None:
                feature = (1 - _RENEWAL) * self.feature + _RENEWAL * feature
            self.feature = feature / max(float(np.linalg.norm(feature)), 1e-12)

    def predict(self, frame: int) -> np.ndarray:
        """Extrapolate the box, shape (4,), to a later frame at constant speed."""
        box = self.newest.box
        (first, begin), (last, end) = self.recent[0], self.recent[-1]
        if first == last:
            return box
        return box + np.tile((end - begin) / (last - first) * (frame - last), 2)

    def means(self) -> np.ndarray:
        """Mean scores of the classes (C,)."""
        return self.total / self.count

    def label(self) -> int:
        """Class with the best mean score up to the last high one.

        Scores are relative to the thresholds.
        """
        means, limits = self.good[1] / self.good[2], self.rule.thresholds
        return int((means if limits is None else means / limits).argmax())

    def is_over(self, frame: int) -> bool:
        """True if the score of the current tube has been low for too long."""
        return (
            self.acting
            and self.low_since is not None
            and frame - self.low_since >= self.rule.end_frames
        )

    def end(self) -> LinkedTube:
        """End the current tube at its last high score; the actor keeps its id."""
        length, self.total, self.count = self.good
        self.rows = self.rows[:length]
        tube = self.cut(True)
        self._clear()
        return tube

    def cut(self, finished: bool) -> LinkedTube:
        """Return the stored rows as a tube.

        A tube that continues keeps its last row: its next piece is interpolated
        from it.
        """
        rows, means = self.rows, self.means()
        known = np.array([row.frame for row in rows])
        frames = np.arange(known[0], known[-1] + finished)
        boxes = np.stack([row.box for row in rows])
        joints = [row.joints for row in rows if row.joints is not None]
        scores = [row.joint_scores for row in rows if row.joint_scores is not None]
        self.rows = rows[-1:]
        self.good = (1, self.total, self.count)
        label = self.label()
        return LinkedTube(
            self.id,
            label,
            float(means[label]),
            means.astype(np.float32),
            frames,
            _interpolate(frames, known, boxes),
            _interpolate(frames, known, np.stack(joints)) if joints else None,
            _interpolate(frames, known, np.stack(scores)) if scores else None,
            finished,
        )


def _interpolate(
    frames: np.ndarray, known: np.ndarray, table: np.ndarray
) -> np.ndarray:
    """Interpolate values (m, ...) at known frames to values (n, ...)."""
    flat = [
        np.interp(frames, known, column) for column in table.reshape(len(known), -1).T
    ]
    return np.stack(flat, 1).reshape(-1, *table.shape[1:]).astype(np.float32)
