"""Shuffled frames stay in their clip and keep their number."""

import numpy as np
import pytest
from mmaction.registry import TRANSFORMS

from mmvkp.recognition.shuffle_frames import ShuffleFrames


def sampled(num_clips, clip_len):
    return dict(
        frame_inds=np.arange(num_clips * clip_len),
        num_clips=num_clips,
        clip_len=clip_len,
    )


def test_clips_keep_their_frames():
    np.random.seed(0)
    shuffle = TRANSFORMS.build(dict(type='ShuffleFrames'))
    before = sampled(3, 16)
    inds = shuffle(dict(before))['frame_inds'].reshape(3, 16)
    for clip, inside in enumerate(inds):
        ordered = np.arange(16 * clip, 16 * clip + 16)
        assert sorted(inside) == ordered.tolist()
        assert (inside != ordered).any()
    assert before['frame_inds'].tolist() == list(range(48))


def test_videos_of_2d_networks_are_shuffled_as_a_whole():
    np.random.seed(0)
    inds = ShuffleFrames(scope='video')(sampled(16, 1))['frame_inds']
    assert sorted(inds) == list(range(16)) != inds.tolist()
    # Clips of one frame have no order inside.
    same = ShuffleFrames()(sampled(16, 1))['frame_inds']
    assert same.tolist() == list(range(16))


def test_bad_scope():
    with pytest.raises(
        ValueError,
        match=r"scope='frames' is not known; "
        r"choose one of \['clip', 'video'\]",
    ):
        ShuffleFrames(scope='frames')
