"""Positions of drawn boxes, texts and joints."""

import numpy as np
import pytest

from mmvkp.tubes.draw import DrawnTube, draw_frame_tubes, draw_tubes, tube_text
from mmvkp.tubes.online_tubes import FrameTubes
from mmvkp.video.palette import MARK_COLORS


def grey(height=100, width=120):
    return np.full((height, width, 3), 90, np.uint8)


def changed(drawn):
    """Rows and columns that are not the ground."""
    return np.nonzero((drawn != 90).any(-1))


def test_a_box_covers_its_outermost_pixels():
    tube = DrawnTube(0, np.array([3]), np.array([[20, 30, 60, 80.0]]))
    drawn = draw_tubes(grey(), 3, [tube], ['a'])
    assert (drawn[30:81, 20] == MARK_COLORS[0]).all()
    assert (drawn[30:81, 60] == MARK_COLORS[0]).all()
    assert (drawn[80, 20:61] == MARK_COLORS[0]).all()
    assert (drawn[31:80, 21:60] == 90).all()
    ys, xs = changed(drawn)
    assert (xs.min(), ys.max(), xs.max()) == (20, 80, 60)


def test_an_enlarged_box_ends_with_its_last_pixel():
    """A pixel becomes 4 x 4; pixel 9 of the frame ends at 39."""
    tube = DrawnTube(0, np.array([1]), np.array([[2, 5, 9, 9.0]]))
    drawn = draw_tubes(grey(20, 30), 1, [tube], ['a'], height=80)
    assert drawn.shape == (80, 120, 3)
    assert (drawn[20:40, 8] == MARK_COLORS[0]).all()
    assert (drawn[20:40, 39] == MARK_COLORS[0]).all()
    assert (drawn[40:] == 90).all() and (drawn[20:, 40:] == 90).all()


def test_only_the_tubes_of_the_frame_each_in_its_colour():
    boxes = np.array([[10, 50, 30, 70.0], [12, 50, 32, 70.0]])
    tubes = [
        DrawnTube(0, np.array([1, 2]), boxes),
        DrawnTube(0, np.array([2, 3]), boxes + (60, 0, 60, 0)),
    ]
    first, second, fourth = (
        draw_tubes(grey(), frame, tubes, ['a']) for frame in (1, 2, 4)
    )
    assert (first[60, 10] == MARK_COLORS[0]).all()
    assert (first[:, 60:] == 90).all()
    assert (second[60, 12] == MARK_COLORS[0]).all()
    assert (second[60, 70] == MARK_COLORS[1]).all()
    assert (fourth == 90).all()


def test_joints_are_dots_and_unknown_ones_are_not_drawn():
    joints = np.full((1, 4, 2), np.nan)
    joints[0, 1] = 50, 60
    tube = DrawnTube(0, np.array([1]), np.array([[20, 30, 80, 90.0]]), joints=joints)
    with_joints = draw_tubes(grey(), 1, [tube], ['a'])
    tube.joints = None
    without = draw_tubes(grey(), 1, [tube], ['a'])
    ys, xs = np.nonzero((with_joints != without).any(-1))
    assert abs(xs.mean() - 50) < 0.3 and abs(ys.mean() - 60) < 0.3
    assert np.ptp(xs) <= 6


def test_the_bones_of_the_puppet():
    joints = np.full((1, 15, 2), np.nan)
    joints[0, [5, 9]] = (40, 40), (40, 80)  # right hip and knee
    tube = DrawnTube(0, np.array([1]), np.array([[20, 30, 90, 95.0]]), joints=joints)
    drawn = draw_tubes(grey(), 1, [tube], ['a'])
    assert (drawn[40:81, 40] != 90).any(-1).all()
    assert (drawn[40:81, 50] == 90).all()


def test_the_text():
    tube = DrawnTube(1, np.array([1]), np.zeros((1, 4)))
    assert tube_text(tube, ['run', 'walk']) == 'walk'
    tube.score, tube.number = 0.876, 4
    assert tube_text(tube, ['run', 'walk']) == '4 walk 0.88'


def test_the_text_is_above_the_box_and_inside_the_picture():
    for box in ((20, 40, 60, 90.0), (110, 0, 119, 50.0)):
        tube = DrawnTube(0, np.array([1]), np.array([box]))
        without = draw_tubes(grey(), 1, [tube], [''])
        drawn = draw_tubes(grey(), 1, [tube], ['walking'])
        ys, xs = np.nonzero((drawn != without).any(-1))
        assert len(ys) > 100  # not cut off at the border
        assert ys.max() < 40 if box[1] else ys.min() >= 0


def test_texts_of_one_box_are_below_each_other():
    tubes = [DrawnTube(i, np.array([1]), np.array([[9, 40, 90, 90.0]])) for i in (0, 1)]
    drawn = draw_tubes(grey(), 1, tubes, ['walk', 'wave'])
    for color in MARK_COLORS[:2]:
        # The ground of a text has far more of its colour than letters.
        rows = (drawn == color).all(-1)[:, 9:25].sum(1)
        assert (rows >= 10).any()


def test_the_frame_is_left_alone():
    image = grey()
    tube = DrawnTube(0, np.array([1]), np.array([[20, 30, 60, 80.0]]))
    draw_tubes(image, 1, [tube], ['a'])
    assert (image == 90).all()


def test_a_label_without_a_name():
    tube = DrawnTube(2, np.array([1]), np.array([[20, 30, 60, 80.0]]))
    with pytest.raises(
        ValueError, match='label 2, but there are 2 class names, for 0 to 1'
    ):
        draw_tubes(grey(), 1, [tube], ['a', 'b'])


def test_a_colour_that_was_chosen():
    tube = DrawnTube(0, np.array([1]), np.array([[20, 30, 60, 80.0]]), color=2)
    drawn = draw_tubes(grey(), 1, [tube], ['a'])
    assert (drawn[30:81, 20] == MARK_COLORS[2]).all()
    tube.color = len(MARK_COLORS) + 3
    drawn = draw_tubes(grey(), 1, [tube], ['a'])
    assert (drawn[30:81, 20] == MARK_COLORS[3]).all()


def test_what_a_stream_gives():
    """Colours depend on the id only; uncertain joints are skipped."""
    joints = np.zeros((2, 4, 2), np.float32)
    joints[0, 1], joints[0, 2] = (100, 60), (100, 80)
    scores = np.zeros((2, 4), np.float32)
    scores[0, 1], scores[0, 2] = 0.5, 0.05
    result = FrameTubes(
        7,
        0.0,
        np.float32([[20, 30, 40, 80], [50, 30, 70, 80]]),
        np.array([3, 5]),
        np.array([1, 0]),
        np.float32([0.5, 0.6]),
        joints,
        scores,
    )
    image = grey()
    drawn = draw_frame_tubes(image, result, ['run', 'walk'])
    assert (drawn[35:81, 20] == MARK_COLORS[2]).all()
    assert (drawn[35:81, 50] == MARK_COLORS[4]).all()
    assert (drawn[60, 100] == MARK_COLORS[2]).all()
    assert (drawn[80, 100] == 90).all()
    result.joints = None
    assert (draw_frame_tubes(image, result, ['a', 'b'])[60, 100] == 90).all()
    assert (image == 90).all()
