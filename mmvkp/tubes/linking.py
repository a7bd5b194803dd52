"""Greedy online linking of boxes or tubelets to action tubes."""

from typing import Dict, List, NamedTuple, Optional, Tuple

import numpy as np

from .iou import box_iou
from .suppression import suppress

# Sets of candidates are integers with one bit per candidate.
MAX_CANDIDATES = 60


class Tube(NamedTuple):
    """One action tube of one class.

    Attributes:
        rows (np.ndarray): (n, 6) float32 `frame, x1, y1, x2, y2, score`, one for
            each frame without gaps; frames from 1, boxes in pixels from 0, ends
            inclusive.
        score (float): Score of the tube.
    """

    rows: np.ndarray
    score: float


class GreedyOptions(NamedTuple):
    """Parameters of `link_greedy`; the defaults are MOC's.

    Attributes:
        nms_threshold (float): IoU of the suppression before linking.
        nms_soft (bool): Decay of MOC instead of removal; see `suppress`.
        max_candidates (int): Best tubelets of a start frame that are linked, at
            most 60.
        iou_threshold (float): IoU from which a tubelet extends a tube.
        finish_offset (int, optional): A tube ends this many frames after the
            start of its last tubelet. None and values above the tubelet length K
            mean K: later tubelets have no frame in common with the tube.
        max_gap (int): Additional frames before a tube ends, so that a tube of
            single boxes survives missed frames. Boxes in a gap are interpolated.
            MOC and ACT use 0.
        min_score (float): Smallest score of a tube.
        min_length (int): Smallest length of a tube in frames.
        trim_threshold (float, optional): Trim each tube to the interval with the
            largest sum of `score - trim_threshold`; its score becomes the mean of
            the interval. MOC and ACT do not trim, None.
    """

    nms_threshold: float = 0.6
    nms_soft: bool = True
    max_candidates: int = 10
    iou_threshold: float = 0.5
    finish_offset: Optional[int] = None
    max_gap: int = 0
    min_score: float = 0.005
    min_length: int = 15
    trim_threshold: Optional[float] = None


PRESETS: Dict[str, GreedyOptions] = dict(
    moc=GreedyOptions(),
    act=GreedyOptions(
        nms_threshold=0.3,
        nms_soft=False,
        iou_threshold=0.2,
        finish_offset=5,
        min_score=0.01,
    ),
)


def link_greedy(
    frames: np.ndarray,
    boxes: np.ndarray,
    scores: np.ndarray,
    num_frames: int,
    options: GreedyOptions = PRESETS['moc'],
    suppressed: bool = False,
) -> List[Tube]:
    """Link the tubelets of one class and video, frame by frame.

    In each frame the tubes, by descending mean score of their tubelets, take the
    best free candidate that overlaps their last tubelet enough. The remaining
    candidates start tubes. The overlap is the mean IoU over common frames, or the
    IoU of the last and the first box without common frames. The box of a frame is
    the mean over the tubelets that cover it.

    Args:
        frames (np.ndarray): (P,) first frame of each tubelet, from 1.
        boxes (np.ndarray): (P, K, 4) pixels, ends inclusive; K may be 1.
        scores (np.ndarray): (P,).
        num_frames (int): Length of the video; tubes end there.
        options (GreedyOptions): Parameters.
        suppressed (bool): The detections are the result of `suppress` with
            `frames` as groups; the suppression is skipped.

    Returns:
        list[Tube]: Tubes in the order of their first frames. The score of a tube
        is the mean over its tubelets.

    Raises:
        ValueError: If `max_candidates` is outside [1, 60].

    Source: linking of ACT (arXiv:1705.01861) and MOC (arXiv:2001.04608).
    Differences: equal scores are ordered by coordinates; `max_gap`.
    """
    if not 1 <= options.max_candidates <= MAX_CANDIDATES:
        raise ValueError(
            f'max_candidates={options.max_candidates} is outside [1, {MAX_CANDIDATES}].'
        )
    if not len(scores):
        return []
    frames = np.asarray(frames, dtype=np.int64)
    if not suppressed:
        order, scores = suppress(
            boxes, scores, frames, options.nms_threshold, options.nms_soft
        )
        frames, boxes = frames[order], boxes[order]
    candidates = _Candidates(frames, boxes, scores, options)
    paths = _link(candidates, options)
    return [
        tube
        for tube in (
            _trim(_make_tube(candidates, path, num_frames), options.trim_threshold)
            for path in paths
        )
        if len(tube.rows) >= options.min_length and tube.score >= options.min_score
    ]


class _Candidates:
    """The best tubelets of each start frame and their links.

    Args:
        frames (np.ndarray): (P,), ascending.
        boxes (np.ndarray): (P, K, 4).
        scores (np.ndarray): (P,), descending within a frame.
        options (GreedyOptions): Parameters.
    """

    def __init__(
        self,
        frames: np.ndarray,
        boxes: np.ndarray,
        scores: np.ndarray,
        options: GreedyOptions,
    ) -> None:
        self.threshold = options.iou_threshold
        self.first = int(frames[0])
        rank = np.arange(len(frames)) - np.searchsorted(frames, frames)
        best = rank < options.max_candidates
        at, rank = frames[best] - self.first, rank[best]
        shape = (int(at[-1]) + 1, int(rank.max()) + 1)
        self.length, self.width = shape
        self.boxes = np.zeros((*shape, *boxes.shape[1:]), dtype=np.float32)
        self.boxes[at, rank] = boxes[best]
        self.scores = np.zeros(shape, dtype=np.float32)
        self.scores[at, rank] = scores[best]
        self.there = np.zeros(shape, dtype=bool)
        self.there[at, rank] = True
        self.counts = self.there.sum(axis=1)
        self.tables: Dict[int, List[List[int]]] = {}

    def followers(self, offset: int) -> List[List[int]]:
        """Candidates that extend a candidate `offset` frames earlier.

        The result is cached in `tables`.

        Returns:
            list[list[int]]: By frame and earlier candidate: a set of candidates
            as the bits of an integer; bit 0 is the best one.
        """
        if offset not in self.tables:
            before = self.boxes[:-offset, :, None]
            after = self.boxes[offset:, None]
            common = before.shape[3] - offset
            if common > 0:
                overlap = box_iou(before[..., offset:, :], after[..., :common, :]).mean(
                    axis=-1
                )
            else:
                overlap = box_iou(before[..., -1, :], after[..., 0, :])
            fits = (
                (overlap >= self.threshold)
                & self.there[:-offset, :, None]
                & self.there[offset:, None]
            )
            sets = fits @ (1 << np.arange(self.width, dtype=np.int64))
            self.tables[offset] = sets.tolist()
        return self.tables[offset]


class _Path:
    """A tube that can still be extended."""

    __slots__ = ('mean', 'total', 'path', 'frame', 'last')

    def __init__(self, frame: int, last: int, score: float) -> None:
        self.mean = self.total = score
        self.path = [(frame, last)]
        self.frame, self.last = frame, last

    def extend(self, frame: int, last: int, score: float) -> None:
        """Append a tubelet."""
        self.path.append((frame, last))
        self.total += score
        self.mean = self.total / len(self.path)
        self.frame, self.last = frame, last


def _rank(tube: _Path) -> float:
    """Sort key: best mean score first."""
    return -tube.mean


def _link(candidates: _Candidates, options: GreedyOptions) -> List[_Path]:
    """Link; returns the tubes with enough score and length.

    Lengths follow from the tubelets; a tube may still exceed the video.
    """
    tubelet_length = candidates.boxes.shape[2]
    finish = options.finish_offset or tubelet_length
    finish = min(finish, tubelet_length) + options.max_gap
    # Smallest distance of the first and last start frame of a tube.
    reach = options.min_length - tubelet_length
    counts, scores = candidates.counts.tolist(), candidates.scores.tolist()
    tables = candidates.tables
    done: List[_Path] = []
    alive: List[_Path] = []
    for frame in range(candidates.length):
        free = (1 << counts[frame]) - 1
        score = scores[frame]
        still = []
        if len(alive) > 1:
            alive.sort(key=_rank)
        for tube in alive:
            offset = frame - tube.frame
            fits = free
            if free:
                table = tables.get(offset) or candidates.followers(offset)
                fits &= table[tube.frame][tube.last]
            if fits:
                bit = fits & -fits
                free ^= bit
                best = bit.bit_length() - 1
                tube.extend(frame, best, score[best])
                still.append(tube)
            elif offset < finish:
                still.append(tube)
            elif tube.frame - tube.path[0][0] >= reach:
                done.append(tube)
        alive = still
        while free:
            bit = free & -free
            free ^= bit
            first = bit.bit_length() - 1
            alive.append(_Path(frame, first, score[first]))
    done += [t for t in alive if t.frame - t.path[0][0] >= reach]
    done = [tube for tube in done if tube.mean >= options.min_score]
    return sorted(done, key=lambda tube: tube.path[0])


def _make_tube(candidates: _Candidates, tube: _Path, num_frames: int) -> Tube:
    """Average the boxes of each frame and interpolate gaps."""
    start, index = np.array(tube.path).T
    begin, length = start[0], candidates.boxes.shape[2]
    at = (start - begin)[:, None] + np.arange(length)
    rows = np.zeros((at.max() + 1, 5))
    parts = np.concatenate(
        [
            candidates.boxes[start, index],
            np.broadcast_to(
                candidates.scores[start, index][:, None, None], (*at.shape, 1)
            ),
        ],
        -1,
    )
    np.add.at(rows, at, parts)
    counts = np.bincount(at.ravel(), minlength=len(rows))
    known = np.flatnonzero(counts)
    rows[known] /= counts[known, None]
    clock = np.arange(len(rows))
    if len(known) < len(rows):
        rows = np.stack(
            [np.interp(clock, known, column[known]) for column in rows.T], 1
        )
    frames = clock + begin + candidates.first
    rows = np.concatenate([frames[:, None], rows], 1)[frames <= num_frames]
    return Tube(rows.astype(np.float32), float(tube.mean))


def _trim(tube: Tube, threshold: Optional[float]) -> Tube:
    """Interval of the tube with high scores; see `GreedyOptions`."""
    if threshold is None:
        return tube
    rows = tube.rows[best_interval(tube.rows[:, 5] - threshold)]
    return Tube(rows, float(rows[:, 5].mean()))


def best_interval(gains: np.ndarray) -> slice:
    """Interval of at least one frame with the largest sum of gains (n,).

    Ties take the first and then the shortest interval.
    """
    best: Tuple[float, int, int] = (-np.inf, 0, 0)
    total, begin = 0.0, 0
    for place, gain in enumerate(gains.tolist()):
        if total <= 0:
            total, begin = 0.0, place
        total += gain
        if total > best[0]:
            best = (total, begin, place + 1)
    return slice(best[1], best[2])
