"""Annotations from the tracks of a reader."""

from collections import defaultdict
from typing import Dict, List, Tuple

import numpy as np

from ...checks import shorten
from ...text_lists import similar_names
from ..annotations import TubeAnnotations
from ..degenerate import usable_boxes
from ..limits import MAX_FRAMES
from .found import Found, Track, split_at_gaps
from .options import FormatOptions

# No actor is smaller; coordinates in shares of the frame are.
MIN_PIXELS = 2


def assemble(found: Found, options: FormatOptions, clip: bool) -> TubeAnnotations:
    """Combine tracks with the sizes and lengths of the videos.

    Args:
        found (Found): Tracks; notes, faults and counts are added to it.
        options (FormatOptions): `media` and `max_gap` are used.
        clip (bool): Clip all boxes to the image, and leave out boxes outside.

    Returns:
        TubeAnnotations: Annotations without splits.

    Raises:
        FileNotFoundError: If the file of a video is missing.
        ValueError: If a size is unknown, or coordinates are shares of the frame.
    """
    truth = TubeAnnotations(labels=list(found.labels))
    tracks: Dict[str, List[Track]] = defaultdict(list)
    for track in found.tracks:
        tracks[track.video].append(track)
    pieces = _Pieces(found, options.max_gap)
    for video in sorted({*found.videos, *found.num_frames, *tracks}):
        found.tally.read['videos'] += 1
        media, known = options.media, video in found.num_frames
        if not (tracks[video] or known or media.folder or media.given_num_frames):
            reason = 'no tracks, and the length of the video is unknown'
            found.tally.leave_out('videos', reason, video)
            continue
        _check_pixels(video, tracks[video])
        truth.resolution[video] = size = _size_of(video, found, options)
        truth.nframes[video] = count = _length_of(video, tracks[video], found, options)
        if not 0 < count <= MAX_FRAMES:
            found.faults.append(
                f'{video}: {count} frames; a video has 1 to {MAX_FRAMES}.'
            )
        classes = truth.gttubes[video] = {}
        for track in tracks[video]:
            tubes = pieces.cut(track, size, clip)
            if tubes:
                classes.setdefault(found.index[track.label], []).extend(tubes)
    found.notes += pieces.notes()
    guessed = [video for video in truth.gttubes if video in found.at_least]
    if guessed and not (options.media.folder or options.media.given_num_frames):
        found.notes.append(
            f'{len(guessed)} videos are assumed to end at their last annotated frame '
            f'(first: {guessed[0]}, {truth.nframes[guessed[0]]} frames); give --videos '
            'or --frames to read their lengths'
        )
    empty = [video for video, classes in truth.gttubes.items() if not classes]
    if empty:
        found.notes.append(f'{len(empty)} videos have no tubes (first: {empty[0]})')
    for what, names in (('classes', found.labels), ('videos', list(truth.gttubes))):
        for first, second in similar_names(names):
            found.notes.append(
                f'the {what} {shorten(first)} and {shorten(second)} differ in case or '
                'blanks only'
            )
    return truth


def _check_pixels(video: str, tracks: List[Track]) -> None:
    """Refuse a video whose coordinates are shares of the frame."""
    if tracks and all((track.rows[:, 1:] < MIN_PIXELS).all() for track in tracks):
        raise ValueError(
            f'{video}: all boxes are inside the first {MIN_PIXELS} pixels; the '
            'coordinates seem to be shares of the frame. Write pixels; txt-folders '
            'reads shares with --coordinates centre-size or --coordinates corners.'
        )


def _size_of(video: str, found: Found, options: FormatOptions) -> Tuple[int, int]:
    """Height and width of a video."""
    media = options.media
    if video not in found.resolution:
        height, width = media.resolution(video)
        return int(height), int(width)
    height, width = found.resolution[video]
    if media.folder and not media.given_resolution:
        actual = media.resolution(video)
        if actual != (height, width):
            turned = ' (rotated)' if actual == (width, height) else ''
            found.faults.append(
                f'{video}: the annotations are for {width} x {height} pixels, the '
                f'video has {actual[1]} x {actual[0]}{turned}.'
            )
    return int(height), int(width)


def _length_of(
    video: str, tracks: List[Track], found: Found, options: FormatOptions
) -> int:
    """Number of frames of a video."""
    count = options.media.num_frames(video)
    stated = found.num_frames.get(video)
    if count is not None:
        if stated is not None and not (
            stated == count or (stated < count and video in found.at_least)
        ):
            found.notes.append(
                f'{video}: the annotations are for {stated} frames, the video has '
                f'{count}; {count} is written'
            )
        return count
    if stated is None:
        stated = max(int(track.rows[-1, 0]) for track in tracks)
        found.at_least.add(video)
    return stated


class _Pieces:
    """Cutter of tracks into tubes, and its counts.

    Args:
        found (Found): Boxes that are left out are counted.
        max_gap (int): See `split_at_gaps`.
    """

    def __init__(self, found: Found, max_gap: int) -> None:
        self.found, self.max_gap = found, max_gap
        self.clipped = self.single = self.splits = self.bridged = 0

    def cut(self, track: Track, size: Tuple[int, int], clip: bool) -> List[np.ndarray]:
        """Tubes (n, 5) of a track without gaps, inside the image if `clip`."""
        tubes = []
        given = set(track.rows[track.given, 0].tolist())
        parts = split_at_gaps(track.rows, self.max_gap)
        self.splits += len(parts) - 1
        self.bridged += int((np.diff(track.rows[:, 0]) > 1).sum()) - len(parts) + 1
        for part in parts:
            if track.hull:
                part = self._drop_flat(track.video, part, given)
            if clip or track.hull:
                part = self._clip(track.video, part, size, given)
            tubes += split_at_gaps(part, 0) if len(part) else []
        if not tubes:
            self.found.tally.leave_out('tracks', 'no box is left', track.video)
        self.single += sum(len(tube) == 1 for tube in tubes)
        return tubes

    def _drop_flat(self, video: str, tube: np.ndarray, given: set) -> np.ndarray:
        """Drop hulls of one row or column of pixels, which have no area."""
        flat = (tube[:, 3:] - tube[:, 1:3] <= 0).any(1)
        dropped = sum(frame in given for frame in tube[flat, 0].tolist())
        reason = 'the hull has less than two rows or columns'
        self.found.tally.leave_out('shapes', reason, video, dropped)
        return tube[~flat]

    def _clip(
        self, video: str, tube: np.ndarray, size: Tuple[int, int], given: set
    ) -> np.ndarray:
        """Clip the boxes of a tube, and drop those outside."""
        height, width = size
        clipped = tube.copy()
        clipped[:, 1::2] = np.clip(tube[:, 1::2], 0, width - 1)
        clipped[:, 2::2] = np.clip(tube[:, 2::2], 0, height - 1)
        # Boxes that are inverted or not finite are faults, which are reported.
        faulty = ~usable_boxes(tube[:, 1:])
        clipped[faulty] = tube[faulty]
        kept = usable_boxes(clipped[:, 1:], size) | faulty
        dropped = sum(frame in given for frame in tube[~kept, 0].tolist())
        self.found.tally.leave_out('shapes', 'outside the image', video, dropped)
        self.clipped += int((clipped != tube)[kept].any(1).sum())
        return clipped[kept]

    def notes(self) -> List[str]:
        """Sentences about the counts that are not zero."""
        texts = (
            (self.single, 'tubes have one frame'),
            (self.splits, 'gaps split their track; see --max-gap'),
            (self.bridged, 'gaps were interpolated'),
            (self.clipped, 'boxes were clipped to the image'),
        )
        return [f'{count} {text}' for count, text in texts if count]
