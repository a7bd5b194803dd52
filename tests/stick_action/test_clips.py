"""Clips with one figure."""

import numpy as np
import pytest

from mmvkp.stick_action.classes import CLASSES, REVERSAL_PAIRS, SPEED_CLASSES
from mmvkp.stick_action.clips import make_clip
from mmvkp.stick_action.figure import JOINTS

SIZE = (64, 64)


def _clip(name, seed, num_frames=12, size=SIZE):
    return make_clip(name, num_frames, size, np.random.default_rng(seed))


def _mean_joints(name, seeds=20):
    """Joints (T, 15, 2) averaged over clips, relative to the pelvis."""
    joints = np.mean([_clip(name, seed)[1] for seed in range(seeds)], 0)
    return joints - joints[:, 5:7].mean(1, keepdims=True)


@pytest.mark.parametrize(
    'name, joint, axis, sign',
    [
        ('arms-raise', 'left_wrist', 1, -1),
        ('crouch', 'left_ankle', 1, -1),
        ('kick-out', 'right_ankle', 0, 1),
        ('lean', 'head', 0, 1),
        ('push', 'right_wrist', 0, 1),
    ],
)
def test_motions_move_what_they_say(name, joint, axis, sign):
    track = _mean_joints(name)[:, JOINTS.index(joint), axis]
    assert sign * (track[-1] - track[0]) > 0.1 * SIZE[0]


def test_walking_goes_right_and_its_partner_left():
    for name, sign in (('walk-right', 1), ('walk-backwards', -1)):
        for seed in range(5):
            neck = _clip(name, seed)[1][:, 0, 0]
            assert sign * (neck[-1] - neck[0]) > 0.1 * SIZE[1]


@pytest.mark.parametrize('name', CLASSES[::2] + SPEED_CLASSES)
@pytest.mark.parametrize('size', [(64, 64), (80, 120)])
def test_clip_shapes_and_figure_inside(name, size):
    for seed in range(4):
        frames, joints = _clip(name, seed, 9, size)
        assert frames.shape == (9, *size, 3) and frames.dtype == np.uint8
        assert joints.shape == (9, 15, 2)
        assert joints.min() >= 0
        assert (joints <= np.array(size[::-1]) - 1).all()
        height = np.ptp(joints[..., 1], axis=1).max()
        assert height > 0.35 * size[0]


@pytest.mark.parametrize('first, second', REVERSAL_PAIRS)
def test_partner_is_the_same_clip_backwards(first, second):
    """Order-free features have the same distribution within a pair.

    Examples: a single frame, the mean frame, brightness, motion energy.
    """
    for seed in range(3):
        frames, joints = _clip(CLASSES[first], seed)
        backwards, joints_backwards = _clip(CLASSES[second], seed)
        np.testing.assert_array_equal(backwards[::-1], frames)
        np.testing.assert_array_equal(joints_backwards[::-1], joints)
        assert not np.array_equal(backwards, frames)


def test_same_generator_same_clip_other_generator_other_clip():
    frames, joints = _clip('push', 3)
    again, joints_again = _clip('push', 3)
    np.testing.assert_array_equal(frames, again)
    np.testing.assert_array_equal(joints, joints_again)
    assert not np.array_equal(frames, _clip('push', 4)[0])


def test_no_class_starts_at_the_same_end_of_the_frame():
    """Positions and sizes are sampled for each clip."""
    joints = np.stack([_clip('lean', seed)[1] for seed in range(30)])
    assert joints[:, 0, 0].std(0).min() > 3
    assert np.ptp(joints[:, 0, :, 1], axis=1).std() > 2


def test_unknown_class():
    with pytest.raises(ValueError, match="name='jump' is not a forward motion"):
        _clip('jump', 0)
