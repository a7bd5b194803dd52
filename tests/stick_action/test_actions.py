import numpy as np
import pytest

from mmvkp.stick_action.actions import (
    CLASSES,
    JOINTS,
    REVERSAL_PAIRS,
    SPEED_CLASSES,
    Pose,
    class_names,
    ease,
    figure_joints,
    make_clip,
    make_pose,
    order_blind_ceiling,
    place_figure,
)

SIZE = (64, 64)


def _clip(name, seed, num_frames=12, size=SIZE):
    return make_clip(name, num_frames, size, np.random.default_rng(seed))


def test_classes_and_pairs():
    assert len(CLASSES) == len(set(CLASSES)) == 12
    assert REVERSAL_PAIRS == ((0, 1), (2, 3), (4, 5), (6, 7), (8, 9), (10, 11))
    assert class_names() == CLASSES
    assert class_names(True) == CLASSES + ('wave-slow', 'wave-fast')


def test_joint_order_is_the_puppets():
    short = (
        'neck',
        'belly',
        'head',
        'right_shoulder',
        'left_shoulder',
        'right_hip',
        'left_hip',
        'right_elbow',
        'left_elbow',
        'right_knee',
        'left_knee',
        'right_wrist',
        'left_wrist',
        'right_ankle',
        'left_ankle',
    )
    assert JOINTS == short


def test_standing_figure_by_hand():
    """Arms and legs straight down, seen from the front, 100 pixels high."""

    class NoVariation:
        """Every bone of its standard length, no noise."""

        def uniform(self, low, high, size):
            return np.ones(size)

        def normal(self, mean, deviation, size):
            return np.zeros(size)

    joints = figure_joints(Pose(np.zeros((1, 10)), 1.0), 100, NoVariation())[0]
    place = dict(zip(JOINTS, joints - joints[JOINTS.index('left_ankle')]))
    np.testing.assert_allclose(place['left_knee'], (0, -24))
    np.testing.assert_allclose(place['left_hip'], (0, -48))
    np.testing.assert_allclose(place['right_ankle'], (-14, 0))
    np.testing.assert_allclose(place['neck'], (-7, -78))
    np.testing.assert_allclose(place['head'], (-7, -90))
    np.testing.assert_allclose(place['left_shoulder'], (5, -78))
    np.testing.assert_allclose(place['left_elbow'], (5, -60))
    np.testing.assert_allclose(place['right_wrist'], (-19, -43), atol=1e-9)


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


def test_wave_fast_turns_more_often():

    def turns(name):
        time = np.linspace(0, 1, 100)
        angle = [
            make_pose(name, time, np.random.default_rng(seed)).angles[:, 4]
            for seed in range(8)
        ]
        return (np.diff(np.sign(np.diff(angle)), axis=1) != 0).sum(1)

    slow, fast = (turns(name) for name in SPEED_CLASSES)
    assert slow.min() >= 2  # a whole cycle
    assert fast.min() > slow.max()


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
    """Whatever ignores order has one distribution within a pair.

    That is any one frame, the mean frame, brightness, the energy of motion.
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


def test_motion_starts_and_ends_at_random():
    time = np.linspace(0, 1, 201)
    curves = np.array([ease(time, np.random.default_rng(seed)) for seed in range(200)])
    assert (np.diff(curves, axis=1) >= 0).all()
    assert (curves[:, 0] == 0).all() and (curves[:, -1] == 1).all()
    starts = time[(curves > 0).argmax(1)]
    ends = time[(curves == 1).argmax(1)]
    assert starts.min() < 0.05 and 0.25 < starts.max() <= 0.31
    assert 0.7 <= ends.min() < 0.75 and ends.max() > 0.95


def test_no_class_starts_at_the_same_end_of_the_frame():
    """Places and sizes are drawn anew for each clip."""
    joints = np.stack([_clip('lean', seed)[1] for seed in range(30)])
    assert joints[:, 0, 0].std(0).min() > 3
    assert np.ptp(joints[:, 0, :, 1], axis=1).std() > 2


def test_too_wide_figure_is_made_smaller():
    joints = np.random.default_rng(0).uniform(0, 200, (5, 15, 2))
    placed = place_figure(joints, (64, 48), 3, np.random.default_rng(1))
    assert placed.min() >= 3
    assert placed[..., 0].max() <= 44 + 1e-9
    assert placed[..., 1].max() <= 60 + 1e-9


def test_ceiling_by_hand():
    assert order_blind_ceiling([0, 1], [(0, 1)]) == 0.5
    assert order_blind_ceiling([0, 0, 0, 1], [(0, 1)]) == 0.75
    # Two of three in the pair and both clips of class 2.
    assert order_blind_ceiling([0, 1, 1, 2, 2], [(0, 1)]) == 0.8
    assert order_blind_ceiling([5, 7], [(0, 1)]) == 1
    assert order_blind_ceiling(list(range(12)) * 3, REVERSAL_PAIRS) == 0.5
    assert order_blind_ceiling(range(14), REVERSAL_PAIRS) == (12 * 0.5 + 2) / 14


def test_bad_arguments():
    with pytest.raises(ValueError, match='labels is empty'):
        order_blind_ceiling([], REVERSAL_PAIRS)
    with pytest.raises(ValueError, match='each class in one pair only'):
        order_blind_ceiling([0, 1, 2], [(0, 1), (1, 2)])
    with pytest.raises(ValueError, match="name='jump' is no forward motion"):
        _clip('jump', 0)
    with pytest.raises(ValueError, match="'rise' is no forward motion"):
        make_pose('rise', np.linspace(0, 1, 4), np.random.default_rng(0))
