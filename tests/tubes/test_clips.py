"""Clips in training and tests, and a slow enumeration of the rules."""

import numpy as np
import pytest

from mmvkp.tubes.clips import TEST_CLIPS, answering_clips, clip_frames, train_starts

from .tube_data import tube


def naive_starts(tubes, nframes, clip_len, interval):
    """MOC's rule as a sentence says it: every tube is fully inside or fully
    outside of the clip, and at least one is inside."""
    found = []
    for start in range(1, nframes + 1):
        frames = [start + interval * k for k in range(clip_len)]
        if frames[-1] > nframes:
            if start > 1:
                continue
            frames = [min(frame, nframes) for frame in frames]
        inside = outside = 0
        for rows in tubes:
            there = {int(row[0]) for row in rows}
            hits = [frame in there for frame in frames]
            inside += all(hits)
            outside += not any(hits)
        if inside + outside == len(tubes) and inside:
            found.append(start)
    return found


def test_train_starts_by_hand():
    # Frames 3 to 8 hold the actor: clips of four frames start at 3, 4 and 5.
    assert train_starts([tube(3, 8)], 10, 4, 1).tolist() == [3, 4, 5]
    # Another actor from frame 7 on leaves 3, and those that hold both or
    # only the other: 7 needs frames 7 to 10, in which the first one ends.
    both = [tube(3, 8), tube(7, 12)]
    assert train_starts(both, 12, 4, 1).tolist() == [3, 9]
    # Every second frame: 3, 5, 7.
    assert train_starts([tube(3, 8)], 10, 3, 2).tolist() == [3, 4]
    # Shorter than a clip: the last frame is repeated.
    assert train_starts([tube(1, 5)], 5, 8, 1).tolist() == [1]
    assert train_starts([tube(2, 5)], 5, 8, 1).tolist() == []
    assert train_starts([], 20, 4, 1).tolist() == []


def test_all_train_starts_by_hand():
    # Whatever the tubes are: every clip that ends with the video or before.
    for tubes in ([], [tube(3, 8)], [tube(3, 8), tube(7, 10)]):
        assert train_starts(tubes, 10, 4, 1, 'all').tolist() == [1, 2, 3, 4, 5, 6, 7]
        assert train_starts(tubes, 10, 4, 3, 'all').tolist() == [1]
        assert train_starts(tubes, 3, 4, 1, 'all').tolist() == [1]


@pytest.mark.parametrize('clip_len, interval', [(1, 1), (4, 1), (5, 3)])
def test_centered_clips_are_those_of_tests(clip_len, interval):
    for tubes in ([], [tube(3, 8)]):
        starts = train_starts(tubes, 9, clip_len, interval, 'centered').tolist()
        tests = answering_clips(9, clip_len, interval, 'centered')
        assert starts == [clip.start for clip in tests]
    # Four frames around the first one: the frames -1, 0, 1 and 2.
    assert train_starts([], 9, 4, 1, 'centered')[0] == -1


@pytest.mark.parametrize(
    'clip_len, interval', [(1, 1), (2, 1), (4, 1), (7, 1), (3, 2), (4, 3)]
)
def test_train_starts_against_the_rule(clip_len, interval):
    rng = np.random.default_rng(clip_len)
    sizes = []
    for _ in range(60):
        nframes = int(rng.integers(1, 26))
        tubes = []
        for _ in range(rng.integers(0, 4)):
            first, last = np.sort(rng.integers(1, nframes + 1, 2))
            rows = tube(first, last)
            if rng.uniform() < 0.3:  # a gap
                rows = rows[rng.uniform(size=len(rows)) < 0.8]
            tubes.append(rows)
        starts = train_starts(tubes, nframes, clip_len, interval).tolist()
        assert starts == naive_starts(tubes, nframes, clip_len, interval)
        sizes.append(len(starts))
    assert max(sizes) > 3 and min(sizes) == 0


@pytest.mark.parametrize('mode', TEST_CLIPS)
@pytest.mark.parametrize('clip_len', [1, 2, 5, 16])
def test_every_frame_is_answered_for_once(mode, clip_len):
    for nframes in (1, 2, 3, 4, 5, 6, 9, 10, 11, 15, 16, 17, 32, 33, 40):
        answered = []
        for start, first, last in answering_clips(nframes, clip_len, 1, mode):
            frames = clip_frames(start, clip_len, 1, nframes)
            assert len(frames) == clip_len
            assert 1 <= frames.min() and frames.max() <= nframes
            assert 0 <= first <= last < clip_len
            answered += frames[first : last + 1].tolist()
        assert answered == list(range(1, nframes + 1))


def test_centered_clips_by_hand():
    clips = answering_clips(6, 4, 2, 'centered')
    assert [tuple(clip) for clip in clips] == [
        (-3, 2, 2),
        (-2, 2, 2),
        (-1, 2, 2),
        (0, 2, 2),
        (1, 2, 2),
        (2, 2, 2),
    ]
    assert clip_frames(-3, 4, 2, 6).tolist() == [1, 1, 1, 3]
    assert clip_frames(2, 4, 2, 6).tolist() == [2, 4, 6, 6]


def test_windows_by_hand():
    assert [tuple(c) for c in answering_clips(8, 4, 1, 'windows')] == [
        (1, 0, 3),
        (5, 0, 3),
    ]
    # The last one begins earlier and answers for frames 9 and 10 only.
    assert [tuple(c) for c in answering_clips(10, 4, 1, 'windows')] == [
        (1, 0, 3),
        (5, 0, 3),
        (7, 2, 3),
    ]
    assert [tuple(c) for c in answering_clips(3, 4, 1, 'windows')] == [(1, 0, 2)]


def test_sliding_clips_by_hand():
    # The starts from which MOC builds its tubelets: 1 to n - T + 1.
    assert [tuple(c) for c in answering_clips(6, 4, 1, 'sliding')] == [
        (1, 0, 0),
        (2, 0, 0),
        (3, 0, 3),
    ]
