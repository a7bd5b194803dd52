"""Joints of a figure and its position in the frame."""

import numpy as np

from mmvkp.stick_action.figure import JOINTS, figure_joints, place_figure
from mmvkp.stick_action.motions import Pose


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


def test_too_wide_figure_is_made_smaller():
    joints = np.random.default_rng(0).uniform(0, 200, (5, 15, 2))
    placed = place_figure(joints, (64, 48), 3, np.random.default_rng(1))
    assert placed.min() >= 3
    assert placed[..., 0].max() <= 44 + 1e-9
    assert placed[..., 1].max() <= 60 + 1e-9
