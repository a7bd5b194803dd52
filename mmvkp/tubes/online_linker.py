"""Online linking of the boxes of a stream to tubes."""

from collections import deque
from typing import Deque, List, NamedTuple, Optional, Tuple

import numpy as np

from .iou import box_iou
from .online_tubes import FrameDetections, FrameTubes, LinkedTube, LinkOptions
from .suppression import suppress

# Recent detections that determine the speed of an actor.
_MEMORY = 5
# A longer gap of dropped frames ends all tubes: identities cannot be recovered.
LONGEST_JUMP = 250


class _Row(NamedTuple):
    """Stored data of a tube in one frame."""

    frame: int
    box: np.ndarray
    joints: Optional[np.ndarray]
    joint_scores: Optional[np.ndarray]


class _Open:
    """A tube that can still be extended."""

    def __init__(self) -> None:
        self.id = 0
        self.rows: List[_Row] = []
        self.recent: Deque[Tuple[int, np.ndarray]] = deque(maxlen=_MEMORY)
        self.total: np.ndarray = np.zeros(0)
        self.count = 0

    @property
    def last(self) -> int:
        """Frame of the last detection."""
        return self.rows[-1].frame

    def extend(self, row: _Row, class_scores: np.ndarray) -> None:
        """Append a detection with class scores of shape (C,)."""
        self.rows.append(row)
        self.recent.append((row.frame, (row.box[:2] + row.box[2:]) / 2))
        scores = class_scores.astype(np.float64)
        self.total = scores if not self.count else self.total + scores
        self.count += 1

    def predict(self, frame: int) -> np.ndarray:
        """Extrapolate the box, shape (4,), to a later frame at constant speed."""
        box = self.rows[-1].box
        (first, begin), (last, end) = self.recent[0], self.recent[-1]
        if first == last:
            return box
        return box + np.tile((end - begin) / (last - first) * (frame - last), 2)

    def means(self) -> np.ndarray:
        """Mean scores of the classes (C,)."""
        return self.total / self.count

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
        label = int(means.argmax())
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


class OnlineLinker:
    """Linker that assigns a permanent id to each actor of a stream.

    Classes do not affect the linking, since the class of an actor may flicker;
    the class of a tube is the one with the best mean score. In each frame the
    boxes are suppressed (`suppress`) and matched with the tubes, largest IoU
    first: with their positions extrapolated at constant speed, then with their
    last positions. The remaining boxes start tubes. A tube ends at a frame
    without it if its last detection is more than `max_gap` frames old. Dropped
    frames count, but the first frame after them can still extend all tubes.

    Memory is bounded: an open tube stores `max_rows` frames, and ended tubes are
    returned and forgotten.

    Args:
        options (LinkOptions, optional): Parameters.

    Raises:
        TypeError: If a count is not an integer.
        ValueError: If an option is out of range, or frame numbers do not ascend.

    Units: frames from 1; boxes in pixels from 0, ends inclusive.

    Source: greedy linking of ACT (arXiv:1705.01861) and MOC (arXiv:2001.04608).
    Differences: class-independent, by IoU instead of score, with extrapolation.
    """

    def __init__(self, options: Optional[LinkOptions] = None) -> None:
        self.options = options or LinkOptions()
        self.options.check()
        self.tubes: List[_Open] = []
        self.given = 0
        self.newest = 0

    def update(
        self,
        frame: int,
        found: FrameDetections,
        timestamp: float = float('nan'),
        dropped: int = 0,
    ) -> FrameTubes:
        """Link the boxes of the next frame.

        Args:
            frame (int): Frame number, larger than the previous ones.
            found (FrameDetections): Detections before suppression.
            timestamp (float): Copied to the result.
            dropped (int): Copied to the result.

        Returns:
            FrameTubes: Tubes of the frame with at least `min_length` boxes.
        """
        if frame <= self.newest:
            raise ValueError(
                f'OnlineLinker: frame {frame} comes after frame {self.newest}; frame '
                'numbers must ascend. Call finish() before another video.'
            )
        ended = []
        if frame - self.newest > LONGEST_JUMP:
            ended = self._end(self.tubes)
        self.newest = frame
        found = found.pick(found.scores >= self.options.keep_score)
        kept, _ = suppress(
            found.boxes[:, None],
            found.scores,
            np.zeros(len(found), dtype=np.int64),
            self.options.nms_threshold,
            soft=False,
        )
        found = found.pick(kept)
        owners = self._match(frame, found)
        for place in np.flatnonzero(
            (found.scores >= self.options.start_score) & (owners < 0)
        ):
            owners[place] = len(self.tubes)
            self.tubes.append(_Open())
        shown = self._extend(frame, found, owners)
        ended += self._end(
            [
                tube
                for tube in self.tubes
                if frame - tube.last > self.options.max_gap and tube.last < frame
            ]
        )
        ended += [
            tube.cut(False)
            for tube in self.tubes
            if tube.id and len(tube.rows) >= self.options.max_rows
        ]
        return _show(frame, found, shown, ended, timestamp, dropped)

    def _extend(
        self, frame: int, found: FrameDetections, owners: np.ndarray
    ) -> List[Tuple[_Open, int]]:
        """Extend tubes by their boxes; returns shown tubes and rows of their boxes."""
        shown = []
        for place in np.flatnonzero(owners >= 0):
            tube = self.tubes[owners[place]]
            tube.extend(_row(frame, found, place), found.class_scores[place])
            if not tube.id and tube.count >= self.options.min_length:
                self.given += 1
                tube.id = self.given
            if tube.id:
                shown.append((tube, place))
        return shown

    def finish(self) -> List[LinkedTube]:
        """End the stream; the next one continues the ids.

        Returns:
            list[LinkedTube]: Tubes that were still open.
        """
        self.newest = 0
        return self._end(self.tubes)

    def _end(self, tubes: List[_Open]) -> List[LinkedTube]:
        """Close tubes; returns those with an id, by ascending id."""
        gone = {id(tube) for tube in tubes}
        ended = [tube.cut(True) for tube in tubes if tube.id]
        self.tubes = [tube for tube in self.tubes if id(tube) not in gone]
        return sorted(ended, key=lambda tube: tube.id)

    def _match(self, frame: int, found: FrameDetections) -> np.ndarray:
        """Assign boxes to tubes.

        Returns:
            np.ndarray: (P,) index in `self.tubes` for each box, -1 for none.
        """
        owners = np.full(len(found), -1)
        predicted = [tube.predict(frame) for tube in self.tubes]
        last = [tube.rows[-1].box for tube in self.tubes]
        for places in (predicted, last):
            if not len(found) or not places:
                break
            overlap = box_iou(np.stack(places)[:, None], found.boxes[None])
            overlap[owners[owners >= 0]] = 0
            overlap[:, owners >= 0] = 0
            while overlap.max() >= max(self.options.iou_threshold, 1e-6):
                row, box = np.unravel_index(overlap.argmax(), overlap.shape)
                owners[box] = row
                overlap[row] = overlap[:, box] = 0
        return owners


def _row(frame: int, found: FrameDetections, place: int) -> _Row:
    """Copy the data of a detection."""
    joints = scores = None
    if found.joints is not None and found.joint_scores is not None:
        joints = found.joints[place].copy()
        scores = found.joint_scores[place].copy()
    return _Row(frame, found.boxes[place].copy(), joints, scores)


def _show(
    frame: int,
    found: FrameDetections,
    shown: List[Tuple[_Open, int]],
    ended: List[LinkedTube],
    timestamp: float,
    dropped: int,
) -> FrameTubes:
    """Result of a frame, by ascending id."""
    shown = sorted(shown, key=lambda pair: pair[0].id)
    part = found.pick(np.array([place for _, place in shown], dtype=np.int64))
    means = [tube.means() for tube, _ in shown]
    return FrameTubes(
        frame,
        timestamp,
        part.boxes,
        np.array([tube.id for tube, _ in shown], dtype=np.int64),
        np.array([mean.argmax() for mean in means], dtype=np.int64),
        np.array([mean.max() for mean in means], dtype=np.float32),
        part.joints,
        part.joint_scores,
        ended,
        dropped,
    )
