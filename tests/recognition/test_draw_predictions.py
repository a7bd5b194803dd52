"""Rows of frames with the most likely classes."""

import numpy as np
import pytest

from mmvkp.recognition.draw_predictions import (
    BAR_COLOR,
    TRUE_BAR_COLOR,
    choose_samples,
    draw_predictions,
    most_likely,
)


def test_order_of_classes():
    assert most_likely(np.array([0.1, 0.4, 0.1, 0.4])).tolist() == [1, 3, 0]
    assert most_likely(np.array([0.7, 0.3]), 3).tolist() == [0, 1]


@pytest.mark.parametrize('height', [96, 144, 288])
def test_bars_are_as_long_as_the_probability(height):
    frames = [np.full((20, 30, 3), 10 * i, np.uint8) for i in range(8)]
    drawn = draw_predictions(
        frames,
        {'method': np.array([0.1, 0.6, 0.3])},
        2,
        ['one', 'two', 'three'],
        num_frames=2,
        height=height,
    )
    assert len(drawn) == height
    width = round(1.5 * height)
    # Two frames, the middles of two halves, with gaps of four pixels.
    assert (drawn[:, 0] == 20).all() and (drawn[:, width + 4] == 60).all()
    # The first column of the text is 280 pixels wide or 1.5 times as high.
    column = max(280, width)

    def length(color):
        found = np.abs(drawn.astype(int) - color).max(-1) <= 1
        return found.sum(1).max()

    # Letters cover a part of a bar, but not its lower rim.
    assert length(BAR_COLOR) == pytest.approx(0.6 * column, abs=2)
    assert length(TRUE_BAR_COLOR) == pytest.approx(0.3 * column, abs=2)


def test_two_models_have_a_column_each():
    frames = [np.zeros((20, 20, 3), np.uint8)]
    one = dict(a=np.array([1.0, 0.0]))
    both = dict(one, b=np.array([0.0, 1.0]))
    drawn = draw_predictions(frames, both, 1, ['x', 'y'], height=100)
    # Frame, gap, and 8 pixels around columns of 180.
    assert drawn.shape == (100, 100 + 4 + 2 * 188 + 8, 3)
    right = (drawn[:, 104 + 196 :] == TRUE_BAR_COLOR).all(-1)
    left = (drawn[:, 104 : 104 + 188] == TRUE_BAR_COLOR).all(-1)
    assert right.any() and not left.any()


def test_num_spreads_over_the_samples():
    right = [np.array([True] * 10)]
    assert choose_samples('right', right, 2).tolist() == [2, 7]
    assert choose_samples('wrong', right, 2).tolist() == []
