"""Online linking of the boxes of a stream to tubes."""

from typing import List, Optional, Tuple

import numpy as np

from ..checks import check_number
from .iou import box_iou
from .online_match import match_by_cues, match_greedy
from .online_track import ActionRule, Row, Track
from .online_tubes import FrameDetections, FrameTubes, LinkedTube, LinkOptions
from .suppression import suppress

# A longer gap of dropped frames ends all tubes: identities cannot be recovered.
LONGEST_JUMP = 250
# The appearance is not learned from boxes that overlap another one by this IoU.
_HIDDEN = 0.1


class OnlineLinker:
    """Linker that assigns a permanent id to each actor of a stream.

    Classes do not affect the linking, since the class of an actor may flicker;
    the class of a tube is the one with the best mean score. In each frame the
    boxes are suppressed (`suppress`) and matched with the tubes, see `match_greedy`
    or, with the options `motion` or `appearance`, `match_by_cues`. The remaining
    boxes start tubes. A tube ends at a frame without it if its last detection is
    more than `max_gap` frames or `occlusion` seconds old. Dropped frames count, but
    the first frame after them can still extend all tubes.

    With `class_thresholds` an actor has a tube only while it acts. A tube starts when
    a class score reaches its threshold and ends when the score has been low for some
    time. The next tube of this actor has the same id.

    Memory is bounded: an open tube stores `max_rows` frames, with `class_thresholds`
    also those with a low score, and ended tubes are returned and forgotten.

    Args:
        options (LinkOptions, optional): Parameters.
        fps (float): Frames per second, for parameters in seconds. It may be changed
            before a stream.

    Raises:
        ImportError: If SciPy is missing and needed, at the first frame.
        TypeError: If a count is not an integer.
        ValueError: If an option is out of range, or frame numbers do not ascend.

    Units: frames from 1; boxes in pixels from 0, ends inclusive.

    Source: greedy linking of ACT (arXiv:1705.01861) and MOC (arXiv:2001.04608).
    Differences: class-independent, by IoU instead of score, with extrapolation.
    """

    def __init__(
        self, options: Optional[LinkOptions] = None, fps: float = 25.0
    ) -> None:
        self.options = options or LinkOptions()
        self.options.check()
        check_number('OnlineLinker', 1e-3, fps=fps)
        self.fps = float(fps)
        self.tubes: List[Track] = []
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
        if not self.newest:
            self.options.check_packages()
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
        features = self._features(found)
        owners = self._match(frame, found, features)
        for place in np.flatnonzero(
            (found.scores >= self.options.start_score) & (owners < 0)
        ):
            owners[place] = len(self.tubes)
            self.tubes.append(Track(self._rule(found.class_scores.shape[1])))
        self._extend(frame, found, owners, features)
        seen = [(self.tubes[owners[i]], i) for i in np.flatnonzero(owners >= 0)]
        ended += [tube.end() for tube in self.tubes if tube.is_over(frame)]
        ended += self._end([tube for tube in self.tubes if self._is_lost(tube, frame)])
        ended += [
            tube.cut(False)
            for tube in self.tubes
            if tube.acting
            and tube.low_since is None
            and len(tube.rows) >= self.options.max_rows
        ]
        shown = [(tube, place) for tube, place in seen if tube.acting]
        return _show(frame, found, shown, ended, timestamp, dropped)

    def _rule(self, num_classes: int) -> ActionRule:
        """Start and end of tubes, in frames."""
        options = self.options
        return ActionRule(
            options.min_length,
            options.thresholds_of(num_classes),
            options.end_ratio,
            max(1, round(options.end_after * self.fps)),
        )

    def _features(self, found: FrameDetections) -> Optional[np.ndarray]:
        """Appearance (P, D) of unit length, if it is used.

        Raises:
            ValueError: If the detections have none.
        """
        if not self.options.appearance:
            return None
        if found.features is None:
            raise ValueError(
                f'OnlineLinker: appearance={self.options.appearance!r}, but the '
                'detections have no features; give them, or set appearance=None.'
            )
        length = np.linalg.norm(found.features, axis=1, keepdims=True)
        return found.features / np.maximum(length, 1e-12)

    def _match(
        self, frame: int, found: FrameDetections, features: Optional[np.ndarray]
    ) -> np.ndarray:
        """Index in `self.tubes` for each box (P,), -1 for none."""
        least = self.options.iou_threshold
        if not self.options.uses_cues:
            return match_greedy(self.tubes, frame, found, least)
        similarity = self.options.min_similarity
        return match_by_cues(
            self.tubes, frame, found, least, self.fps, features, similarity
        )

    def _extend(
        self,
        frame: int,
        found: FrameDetections,
        owners: np.ndarray,
        features: Optional[np.ndarray],
    ) -> None:
        """Extend tubes by their boxes; tubes that are shown first get an id."""
        alone = np.ones(len(found), dtype=bool)
        if features is not None and len(found):
            overlap = box_iou(found.boxes[:, None], found.boxes[None])
            np.fill_diagonal(overlap, 0)
            alone = overlap.max(1) < _HIDDEN
        for place in np.flatnonzero(owners >= 0):
            tube = self.tubes[owners[place]]
            tube.extend(_row(frame, found, place), found.class_scores[place])
            learned = features is not None and (alone[place] or tube.feature is None)
            tube.update_cues(
                self.fps,
                self.options.motion,
                features[place] if features is not None and learned else None,
            )
            if tube.acting and not tube.id:
                self.given += 1
                tube.id = self.given

    def _is_lost(self, tube: Track, frame: int) -> bool:
        """True if the actor has not been seen for too long."""
        gap = self.options.max_gap
        if tube.id:
            gap = max(gap, round(self.options.occlusion * self.fps))
        return frame - tube.newest.frame > gap and tube.newest.frame < frame

    def finish(self) -> List[LinkedTube]:
        """End the stream; the next one continues the ids.

        Returns:
            list[LinkedTube]: Tubes that were still open.
        """
        self.newest = 0
        return self._end(self.tubes)

    def _end(self, tubes: List[Track]) -> List[LinkedTube]:
        """Close tubes; returns those with an id, by ascending id."""
        gone = {id(tube) for tube in tubes}
        ended = [tube.end() for tube in tubes if tube.acting]
        self.tubes = [tube for tube in self.tubes if id(tube) not in gone]
        return sorted(ended, key=lambda tube: tube.id)


def _row(frame: int, found: FrameDetections, place: int) -> Row:
    """Copy the data of a detection."""
    joints = scores = None
    if found.joints is not None and found.joint_scores is not None:
        joints = found.joints[place].copy()
        scores = found.joint_scores[place].copy()
    return Row(frame, found.boxes[place].copy(), joints, scores)


def _show(
    frame: int,
    found: FrameDetections,
    shown: List[Tuple[Track, int]],
    ended: List[LinkedTube],
    timestamp: float,
    dropped: int,
) -> FrameTubes:
    """Result of a frame, by ascending id."""
    shown = sorted(shown, key=lambda pair: pair[0].id)
    part = found.pick(np.array([place for _, place in shown], dtype=np.int64))
    means = [tube.means() for tube, _ in shown]
    labels = np.array([tube.label() for tube, _ in shown], dtype=np.int64)
    return FrameTubes(
        frame,
        timestamp,
        part.boxes,
        np.array([tube.id for tube, _ in shown], dtype=np.int64),
        labels,
        np.array([mean[label] for mean, label in zip(means, labels)], dtype=np.float32),
        part.joints,
        part.joint_scores,
        ended,
        dropped,
    )
