"""Frame numbers for each kind of file."""

import numpy as np
import pytest
from mmaction.registry import TRANSFORMS


def sample(**kwargs):
    results = dict(
        start=3,
        first_key=0,
        last_key=3,
        clip_len=4,
        frame_interval=1,
        nframes=10,
        start_index=1,
        video_id='jump/a',
    )
    results.update(kwargs)
    return TRANSFORMS.build(dict(type='SampleTubeFrames'))(results)


def test_frames_by_hand():
    results = sample()
    assert results['tube_frames'].tolist() == [3, 4, 5, 6]
    assert results['frame_inds'].tolist() == [3, 4, 5, 6]
    assert results['key_inds'].tolist() == [0, 1, 2, 3]
    assert results['frame_labeled'].tolist() == [True] * 4
    assert results['frame_labeled'].dtype == bool
    assert results['num_clips'] == 1
    # Video decoders count from 0.
    results = sample(start_index=0, total_frames=10, frame_interval=2)
    assert results['tube_frames'].tolist() == [3, 5, 7, 9]
    assert results['frame_inds'].tolist() == [2, 4, 6, 8]


def test_edges_are_repeated():
    results = sample(start=-1, first_key=2, last_key=2)
    assert results['tube_frames'].tolist() == [1, 1, 1, 2]
    assert results['key_inds'].tolist() == [2]
    results = sample(start=9, frame_interval=1)
    assert results['frame_inds'].tolist() == [9, 10, 10, 10]
    assert sample(start=1, nframes=2)['tube_frames'].tolist() == [1, 2, 2, 2]


def test_shorter_file_is_named():
    # Clips before the missing frames can be read all the same; PyAV says 0
    # where it does not know.
    assert np.array_equal(sample(total_frames=6)['tube_frames'], [3, 4, 5, 6])
    sample(start=7, total_frames=0)
    with pytest.raises(
        ValueError,
        match=r'video jump/a has 8 frames, the annotations '
        r'say 10 \(nframes\)',
    ):
        sample(start=7, total_frames=8)
