"""Runs of frames worked out by hand, and the host's training."""

import mmvkp  # noqa: F401, isort: skip
import numpy as np
import pytest
from mmaction.datasets.transforms import SampleFrames
from mmaction.registry import TRANSFORMS

from mmvkp.hosts.segment_frames import SampleSegmentFrames


def runs(total_frames, start_index=0, **kwargs):
    sampler = SampleSegmentFrames(**kwargs)
    results = sampler(dict(total_frames=total_frames, start_index=start_index))
    assert results['frame_inds'].dtype == np.int32
    assert results['clip_len'] == sampler.clip_len
    assert results['num_clips'] == sampler.num_clips
    return results['frame_inds'].reshape(-1, sampler.clip_len)


@pytest.mark.parametrize('start_index', [0, 1])
def test_middles_of_100_frames(start_index):
    """96 possible starts: segments of 12, their middles 6, 18, ..., 90."""
    found = runs(100, start_index, test_mode=True) - start_index
    assert found[:, 2].tolist() == [8, 20, 32, 44, 56, 68, 80, 92]
    assert (found - found[:, 2:3] == [-2, -1, 0, 1, 2]).all()


def test_the_host_goes_from_first_to_last():
    """Why there is a sampler of our own."""
    host = SampleFrames(clip_len=5, num_clips=8, test_mode=True)
    found = host(dict(total_frames=100, start_index=0))['frame_inds']
    assert found.reshape(8, 5)[[0, -1], 2].tolist() == [2, 97]


@pytest.mark.parametrize(
    'total, starts',
    [
        (46, [2, 7, 13, 18, 23, 28, 34, 39]),
        (13, [0, 1, 2, 3, 5, 6, 7, 8]),
        (12, [0, 1, 2, 3, 4, 5, 6, 7]),
        (8, [0, 0, 1, 1, 2, 2, 3, 3]),
        (5, [0] * 8),
    ],
)
def test_starts_by_hand(total, starts):
    """Floor of (k + 1/2) * (total - 4) / 8, as 5.25 (k + 1/2) for 46."""
    found = runs(total, test_mode=True)
    assert found[:, 0].tolist() == starts
    assert (np.diff(found) == 1).all() and found.max() < total


@pytest.mark.parametrize('test_mode', [False, True])
@pytest.mark.parametrize(
    'total, expected', [(1, [0] * 5), (3, [0, 1, 2, 2, 2]), (4, [0, 1, 2, 3, 3])]
)
def test_a_short_video_repeats_its_last_frame(total, expected, test_mode):
    assert runs(total, test_mode=test_mode).tolist() == [expected] * 8


def test_training_takes_a_random_start_in_each_segment():
    np.random.seed(0)
    found = np.stack([runs(44)[:, 0] for _ in range(200)])
    # 40 possible starts, segments of 5.
    for k in range(8):
        assert set(found[:, k]) == set(range(5 * k, 5 * k + 5))
    assert (np.diff(runs(44)) == 1).all()


@pytest.mark.parametrize('total', range(1, 20))
def test_training_stays_inside_of_short_videos(total):
    np.random.seed(0)
    for _ in range(20):
        found = runs(total)
        assert found.min() >= 0 and found.max() < total
        assert np.isin(np.diff(found), (0, 1)).all()
        assert (np.diff(found[:, 0]) >= 0).all()


def test_training_is_that_of_the_host():
    np.random.seed(3)
    ours = runs(80)
    np.random.seed(3)
    host = SampleFrames(clip_len=5, num_clips=8)
    theirs = host(dict(total_frames=80, start_index=0))['frame_inds']
    assert ours.flatten().tolist() == theirs.tolist()


def test_distance_of_frames_and_second_view():
    """Runs of 3 frames, 2 apart, span 5: 16 starts, 4 segments of 4."""
    found = runs(
        20, clip_len=3, num_clips=4, frame_interval=2, twice_sample=True, test_mode=True
    )
    assert found[:, 0].tolist() == [2, 6, 10, 14, 0, 4, 8, 12]
    assert (np.diff(found) == 2).all()


@pytest.mark.parametrize(
    'kwargs, error, message',
    [
        (dict(clip_len=0), ValueError, r'SampleSegmentFrames: clip_len=0 is outs'),
        (dict(num_clips='8'), TypeError, "num_clips='8' is a str"),
        (dict(frame_interval=-1), ValueError, 'frame_interval=-1 is outside'),
        (dict(keep_tail_frames=True), TypeError, 'keep_tail_frames'),
        (dict(test_mode='no'), TypeError, "test_mode='no' is a str"),
        (dict(twice_sample=1, test_mode=True), TypeError, 'twice_sample=1 is a int'),
        (
            dict(twice_sample=True),
            ValueError,
            'twice_sample=True has no effect with test_mode=False',
        ),
    ],
)
def test_bad_arguments(kwargs, error, message):
    with pytest.raises(error, match=message):
        TRANSFORMS.build(dict(type='SampleSegmentFrames', **kwargs))
