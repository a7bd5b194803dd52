"""The Kalman filter of a box, by hand."""

import numpy as np
import pytest

from mmvkp.tubes.motion import BoxMotion, box_size


def test_a_filter_with_exact_measurements():
    """The estimate tends to the velocity; the uncertainty grows with time."""
    box = np.float64([0, 0, 19, 19])
    motion = BoxMotion(box)
    for step in range(1, 101):
        motion.update(0.04, box + 2.0 * step)
    assert motion.velocity == pytest.approx([50, 50], rel=1e-3)
    moved, near = motion.predict(0.04)
    assert moved == pytest.approx(box + 202, abs=0.05)
    later, far = motion.predict(0.5)
    assert later == pytest.approx(box + 225, abs=0.5)
    assert 10 * near < far


def test_one_step_of_the_filter_by_hand():
    """P = diag(0.01, 2.25); one second later the position has the variance 0.01 + 2.25
    + 4 / 3 and the covariance 2.25 + 4 / 2 with the velocity; R = 0.01."""
    box = np.float64([0, 0, 19, 19])
    motion = BoxMotion(box)
    innovation = 0.01 + 2.25 + 4 / 3 + 0.01
    assert motion.predict(1.0)[1] == pytest.approx(innovation * 400)
    motion.update(1.0, box + 10)
    assert motion.velocity == pytest.approx([10 * 4.25 / innovation] * 2)
    assert motion.position == pytest.approx([9.5 + 10 * (1 - 0.01 / innovation)] * 2)


def test_the_first_box_stays():
    """Without a second box the velocity is 0: only the uncertainty grows."""
    box = np.float64([10, 20, 29, 59])
    motion = BoxMotion(box)
    moved, variance = motion.predict(0.0)
    assert moved.tolist() == box.tolist()
    # Twice the variance of a measurement, in squares of the size, 20 * 40.
    assert variance == pytest.approx(0.02 * 800)
    later, uncertain = motion.predict(2.0)
    assert later.tolist() == box.tolist()
    assert uncertain == pytest.approx((0.02 + 4 * 2.25 + 4 * 8 / 3) * 800)


def test_the_predicted_box_has_the_newest_size():
    motion = BoxMotion(np.float64([0, 0, 19, 19]))
    motion.update(1.0, np.float64([0, 0, 9, 29]))
    moved, _ = motion.predict(0.5)
    assert (moved[2:] - moved[:2]).tolist() == [9, 29]


def test_sizes_of_boxes():
    """Ends are inclusive; an empty box counts as one pixel."""
    boxes = np.float32([[0, 0, 8, 3], [5, 5, 5, 5], [9, 9, 2, 2]])
    assert box_size(boxes).tolist() == [6, 1, 1]
    assert box_size(boxes[0]) == 6
