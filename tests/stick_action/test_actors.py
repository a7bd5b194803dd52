"""Actions, spans and boxes of actors."""

import numpy as np

from mmvkp.stick_action.actors import (
    Actor,
    figure_boxes,
    make_action,
    motion_span,
    play_backwards,
)
from mmvkp.stick_action.motions import Pose
from mmvkp.stick_action.scene import Look

WHITE = np.full((3, 3), 255.0)


def test_box_by_hand():
    """Limbs of thickness 4 reach 2 pixels to each side, and half a pixel of rim."""
    look = Look(WHITE, 4.0, 3.0)
    joints = np.full((1, 15, 2), 30.0)
    joints[0, 13] = 20, 50  # right ankle
    joints[0, 2] = 40, 10  # head, radius 3 and rim
    box = figure_boxes(joints, look, (64, 80))[0]
    assert box.dtype == np.float32
    # 20 - 2.5 = 17.5 is the left edge of pixel 18; 10 - 3.5 is that of 7.
    assert box.tolist() == [18, 7, 43, 52]
    joints[0, 13] = -5, 70
    assert figure_boxes(joints, look, (64, 80))[0].tolist() == [0, 7, 43, 63]


def test_walking_and_waving_at_once():
    rng = np.random.default_rng(0)
    pose, spans = make_action(['walk-right', 'wave-fast'], 40, False, rng)
    assert list(spans) == ['walk-right', 'wave-fast']
    assert pose.travel[-1] > 0.3  # the way of the walk
    fore_arm = np.diff(pose.angles[:, 4])
    turns = (np.diff(np.sign(fore_arm[fore_arm != 0])) != 0).sum()
    assert turns >= 4  # two swings of the wave


def test_a_wave_also_begins_and_ends():
    """A wave has no resting pose: it stops at the end of its time."""
    starts, ends = set(), set()
    for seed in range(20):
        pose, spans = make_action(['wave-slow'], 40, False, np.random.default_rng(seed))
        first, last = spans['wave-slow']
        # 2 % of some 250 degrees of swinging arms are not seen.
        for rest in (pose.angles[: first + 1], pose.angles[last:]):
            assert np.ptp(rest, axis=0).max() < 5
        starts.add(first > 1)
        ends.add(last < 38)
    assert starts == ends == {False, True}


def test_span_of_a_motion_by_hand():
    """The motion lasts from frame 3 to frame 7."""
    angles = np.zeros((10, 10))
    angles[:, 2] = [0, 0, 0, 0, 10, 20, 30, 40, 40, 40]
    assert motion_span(Pose(angles, 1.0)) == (3, 7)
    travel = np.array([0, 0, 0.1, 0.2, 0.3, 0.4, 0.4, 0.4, 0.4, 0.4])
    assert motion_span(Pose(np.zeros((10, 10)), 1.0, travel)) == (1, 5)


def test_backwards_by_hand():
    """Frames 0 to 4 become 4 to 0; a span from 1 to 2 becomes one from 2 to 3."""
    joints = np.arange(5.0).reshape(5, 1, 1) * np.ones((5, 15, 2))
    boxes = np.arange(20, dtype=np.float32).reshape(5, 4)
    look = Look(WHITE, 4.0, 3.0)
    spans = {'push': (1, 2), 'wave-slow': (0, 4)}
    back = play_backwards(Actor(joints, boxes, look, spans))
    assert back.joints[:, 0, 0].tolist() == [4, 3, 2, 1, 0]
    assert back.boxes[0].tolist() == [16, 17, 18, 19]
    assert back.spans == {'pull': (2, 3), 'wave-slow': (0, 4)}
