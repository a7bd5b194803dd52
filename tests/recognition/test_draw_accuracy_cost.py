"""Figure of accuracy against cost."""

import numpy as np
import pytest

from mmvkp.recognition.accuracy_cost import CostPoint
from mmvkp.recognition.draw_accuracy_cost import SINGLE_COLOR, draw_accuracy_cost
from mmvkp.video.palette import CHART_COLORS

POINTS = [
    CostPoint('b', 'one', 30.0, 0.5),
    CostPoint('$c', 'two', 10.0, 0.2, True),
    CostPoint('a', 'one', 20.0, 0.4),
]


def test_expensive_is_further_right_and_better_is_higher():
    drawn = draw_accuracy_cost(POINTS, 'mAP')
    places = []
    for color in CHART_COLORS[:2]:
        rgb = [int(color[i : i + 2], 16) for i in (1, 3, 5)]
        there = np.abs(drawn.astype(int) - rgb).max(-1) < 8
        there[: round(0.2 * len(drawn)), : round(0.3 * drawn.shape[1])] = False
        places.append(np.argwhere(there).mean(0))
    (one_y, one_x), (two_y, two_x) = places
    assert one_x > two_x and one_y < two_y


def test_published_points_are_hollow():
    """The disc's inside is white instead of the curve's colour."""
    filled, hollow = (
        draw_accuracy_cost([CostPoint('', 'one', 10.0, 0.4, published)])
        for published in (False, True)
    )
    rgb = [int(CHART_COLORS[0][i : i + 2], 16) for i in (1, 3, 5)]
    count = [
        (np.abs(each.astype(int) - rgb).max(-1) < 8).sum() for each in (filled, hollow)
    ]
    assert count[0] > 1.2 * count[1] > 0


@pytest.mark.parametrize(
    'points, message',
    [
        ([], 'no point'),
        ([CostPoint('a', '', 0.0, 0.5)], 'a has 0.0 GMACs'),
        ([CostPoint('', 'c', 1.0, 50.0)], 'c has 1.0 GMACs and an accuracy of 50'),
        ([CostPoint('', 'c', float('nan'), 0.5)], 'GMACs must be positive'),
    ],
)
def test_bad_points(points, message):
    with pytest.raises(ValueError, match=message):
        draw_accuracy_cost(points)


def grey_pixels(drawn):
    """Number of pixels with the color of points without a curve."""
    rgb = [int(SINGLE_COLOR[i : i + 2], 16) for i in (1, 3, 5)]
    return (np.abs(drawn.astype(int) - rgb).max(-1) < 6).sum()


def test_points_without_a_curve_are_not_joined():
    alone = [CostPoint('', '', 10.0, 0.2), CostPoint('', '', 30.0, 0.6)]
    one, two = (grey_pixels(draw_accuracy_cost(alone[:i])) for i in (1, 2))
    # Two discs and no line between them, which would be some 400 pixels long.
    assert one > 20 and two == pytest.approx(2 * one, abs=20)
    # The colours of the curves stay as they are without them.
    rgb = [int(CHART_COLORS[0][i : i + 2], 16) for i in (1, 3, 5)]
    drawn = draw_accuracy_cost(alone + POINTS)
    assert (np.abs(drawn.astype(int) - rgb).max(-1) < 8).sum() > 100
