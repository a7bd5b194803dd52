"""Splits of own annotated videos, and videos that cannot be read."""

from collections import Counter
from typing import List, Mapping, Sequence

from ..recognition.own_videos import OwnVideo
from ..recognition.split_groups import split_groups
from ..recognition.video_groups import find_groups
from .formats.found import Found
from .formats.media import Media


def choose_test_videos(
    tubes: Mapping[str, Mapping[int, Sequence]], share: float, seed: int = 0
) -> List[str]:
    """Test videos with a share of each class.

    A video counts as its most frequent class. Videos of one person or recording, found
    by their names as in `mmvkp data make-list`, are all in the test or all in the
    training.

    Args:
        tubes (Mapping[str, Mapping[int, Sequence]]): Tubes by video and class.
        share (float): Share of the test videos, in (0, 1).
        seed (int): Seed of the choice.

    Returns:
        list[str]: Sorted names.

    Raises:
        ValueError: If the share is outside (0, 1), or leaves no video for the test or
            for the training.
    """
    names = sorted(tubes)
    labels = [
        str(max(tubes[name], key=lambda label: len(tubes[name][label]), default=''))
        for name in names
    ]
    _, groups = find_groups([OwnVideo(f'{name}.mp4', '') for name in names])
    places = split_groups(labels, groups, 0, share, seed)
    chosen = [name for name, place in zip(names, places) if place == 'test']
    if not chosen or len(chosen) == len(names):
        raise ValueError(
            f'a test share of {share} divides {len(names)} videos into '
            f'{len(names) - len(chosen)} for training and {len(chosen)} for the test; '
            'each needs at least one. Give another share, or the list --test.'
        )
    return chosen


def leave_out_damaged(found: Found, media: Media) -> None:
    """Remove videos whose file is missing or has no readable frame.

    Args:
        found (Found): Content of the source; removed items are counted.
        media (Media): Reader of the files.

    Raises:
        ValueError: If no tracks are left.
    """
    reason = 'missing or damaged video file'
    tracks = Counter(track.video for track in found.tracks)
    damaged = set()
    for video in sorted({*found.videos, *found.num_frames, *tracks}):
        try:
            media.num_frames(video)
        except (OSError, ValueError) as error:
            damaged.add(video)
            found.notes.append(f'{video} is left out: {error}')
            found.leave_out('videos', reason, video)
            found.tally.leave_out('tracks', reason, video, tracks[video])
            found.videos.pop(video, None)
            found.num_frames.pop(video, None)
    for track in found.tracks:
        if track.video in damaged:
            shapes = int(track.given.sum())
            found.tally.leave_out('shapes', reason, track.video, shapes)
    found.tracks[:] = [each for each in found.tracks if each.video not in damaged]
    if not found.tracks:
        raise ValueError(f'no video is readable: {"; ".join(found.notes)}')
