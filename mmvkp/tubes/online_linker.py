"""Boxes of a stream become tubes, frame by frame."""

from collections import deque
from typing import Deque, List, NamedTuple, Optional, Tuple

import numpy as np

from .iou import box_iou
from .online_tubes import FrameDetections, FrameTubes, LinkedTube, LinkOptions
from .suppression import suppress

# Detections that tell how fast an actor moves.
_MEMORY = 5
# When more frames than these were dropped at once, all tubes end: nobody
# knows any more who is who.
LONGEST_JUMP = 250


class _Row(NamedTuple):
    """What a tube remembers of one frame."""

    frame: int
    box: np.ndarray
    joints: Optional[np.ndarray]
    joint_scores: Optional[np.ndarray]


class _Open:
    """A tube that may still be extended."""

    def __init__(self) -> None:
        self.id = 0
        self.rows: List[_Row] = []
        self.recent: Deque[Tuple[int, np.ndarray]] = deque(maxlen=_MEMORY)
        self.total: np.ndarray = np.zeros(0)
        self.count = 0

    @property
    def last(self) -> int:
        """Frame in which it was seen last."""
        return self.rows[-1].frame

    def extend(self, row: _Row, class_scores: np.ndarray) -> None:
        """Append what was found in a frame."""
        self.rows.append(row)
        self.recent.append((row.frame, (row.box[:2] + row.box[2:]) / 2))
        scores = class_scores.astype(np.float64)
        self.total = scores if not self.count else self.total + scores
        self.count += 1

    def predict(self, frame: int) -> np.ndarray:
        """Box (4,) in a later frame, at constant speed."""
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
        columns = [
            _interpolate(frames, known, [row[i] for row in rows]) for i in (1, 2, 3)
        ]
        self.rows = rows[-1:]
        label = int(means.argmax())
        return LinkedTube(
            self.id,
            label,
            float(means[label]),
            means.astype(np.float32),
            frames,
            *columns,
            finished,
        )


def _interpolate(
    frames: np.ndarray, known: np.ndarray, values: List[Optional[np.ndarray]]
) -> Optional[np.ndarray]:
    """Values (n, ...) at ``frames`` from those at frames that are known."""
    if values[0] is None:
        return None
    table = np.stack(values)
    flat = [
        np.interp(frames, known, column) for column in table.reshape(len(known), -1).T
    ]
    return np.stack(flat, 1).reshape(-1, *table.shape[1:]).astype(np.float32)


class OnlineLinker:
    """Gives every actor of a stream an id that never changes.

    Boxes are linked whatever their class, as an actor stays the same one
    when the class of a clip flickers; the class of a tube is that with the
    best mean score. In each frame the boxes are first thinned out
    (`suppress`). Then those that overlap most find each other: where a tube
    should be by now at constant speed, and a box. What is left is tried with
    the places where the tubes were last seen. Boxes that are still left
    begin tubes. A tube ends when a frame came without it and it was last
    seen more than ``max_gap`` frames before; frames that were dropped count,
    but the first one after them may still extend every tube.

    Memory is bounded: an open tube keeps ``max_rows`` frames, and tubes that
    ended are handed out and forgotten.

    Args:
        options (LinkOptions): Parameters.

    Raises:
        TypeError: If a number of the options is no integer.
        ValueError: If one is out of range; or if a frame is not newer than
            those before it.

    Units: frames are counted from 1, boxes are pixels of the frame, counted
    from 0, ends inclusive.

    Source: greedy linking as in ACT (arXiv:1705.01861) and MOC
    (arXiv:2001.04608). Ours: linking whatever the class, by overlap instead
    of score, and prediction.
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
            frame (int): Its number, larger than those before.
            found (FrameDetections): Who is in it; duplicates are left out here.
            timestamp (float): Passed on.
            dropped (int): Passed on.

        Returns:
            FrameTubes: The tubes of the frame that are long enough.
        """
        if frame <= self.newest:
            raise ValueError(
                f'OnlineLinker: frame {frame} comes after frame '
                f'{self.newest}; frames must come in rising order. Call '
                'finish() before another video.'
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
        shown = []
        for place in np.flatnonzero(owners >= 0):
            tube = self.tubes[owners[place]]
            tube.extend(_row(frame, found, place), found.class_scores[place])
            if not tube.id and tube.count >= self.options.min_length:
                self.given += 1
                tube.id = self.given
            if tube.id:
                shown.append((tube, place))
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

    def finish(self) -> List[LinkedTube]:
        """End the stream; ids of the next one count on.

        Returns:
            list[LinkedTube]: The tubes that were still open.
        """
        self.newest = 0
        return self._end(self.tubes)

    def _end(self, tubes: List[_Open]) -> List[LinkedTube]:
        """Forget open tubes; returns those that were long enough."""
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
                tube, box = np.unravel_index(overlap.argmax(), overlap.shape)
                owners[box] = tube
                overlap[tube] = overlap[:, box] = 0
        return owners


def _row(frame: int, found: FrameDetections, place: int) -> _Row:
    """What a tube remembers of a detection."""
    joints = scores = None
    if found.joints is not None:
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
    """The result of a frame, by rising id."""
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
