"""Scores over the time of a video."""

import numpy as np
import pytest

from mmvkp.recognition.draw_timeline import MAX_PANELS, MAX_ROWS, Row, draw_timeline
from mmvkp.video.palette import CHART_COLORS


def near(picture, color, alpha):
    """Pixels with a colour on white paper."""
    rgb = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)])
    wanted = 255 - (255 - rgb) * alpha
    return np.abs(picture.astype(float) - wanted).max(2) < 3


def test_colours_follow_scores_and_times():
    spans = [(0, 1, 1.0), (1, 2, 0.0), (2, 4, 0.5)]
    picture = draw_timeline({'a.mp4': [Row('run', spans)]})
    assert picture.dtype == np.uint8 and picture.shape[2] == 3
    full, half = (near(picture, CHART_COLORS[0], x) for x in (1, 0.1 + 0.9 * 0.5))
    left, right = np.nonzero(full.sum(0) > 5)[0], np.nonzero(half.sum(0) > 5)[0]
    # One second and two seconds, and between them one without colour.
    assert len(right) == pytest.approx(2 * len(left), abs=4)
    assert right[0] - left[-1] == pytest.approx(len(left), abs=4)


def test_panels_and_rows_make_the_figure_higher():
    row = Row('run', [(0, 1, 0.5)])
    one = draw_timeline({'a': [row]})
    assert draw_timeline({'a': [row], 'b': [row]}).shape[0] > one.shape[0]
    many = draw_timeline({'a': [row] * MAX_ROWS})
    assert many.shape[0] > one.shape[0]
    assert draw_timeline({'a': [row] * (MAX_ROWS + 5)}).shape == many.shape


def test_odd_names_and_nothing():
    """Formulas, other scripts, control characters, no tubes, one moment."""
    draw_timeline(
        {
            'a$b$\udcff' * 40: [Row('跳 $x^', [(0, 0, 1.0)]), Row('a\nb' * 30, [])],
            'nothing': [],
        }
    )


def test_the_number_of_panels():
    with pytest.raises(ValueError, match=f'0 videos; a figure shows 1 to {MAX_PANELS}'):
        draw_timeline({})
    with pytest.raises(ValueError, match='21 videos'):
        draw_timeline({str(i): [] for i in range(MAX_PANELS + 1)})
