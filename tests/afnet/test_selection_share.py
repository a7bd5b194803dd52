"""Shares per block and their cubic trend."""

import numpy as np
import pytest

from mmvkp.afnet.selection_share import draw_selection_share, fit_trend
from mmvkp.video.palette import CHART_COLORS


def test_the_fit_of_a_cubic_is_that_cubic():
    x = np.arange(10.0)
    wanted = np.array([0.001, -0.02, 0.05, 0.7])
    assert np.allclose(fit_trend(np.polyval(wanted, x)), wanted)


def test_few_blocks_lower_the_degree():
    assert np.allclose(fit_trend(np.array([0.2, 0.6])), [0.4, 0.2])
    assert np.allclose(fit_trend(np.array([0.3])), [0.3])


def test_points_lie_where_they_should():
    drawn = draw_selection_share({'low': np.zeros(4), '$1': np.ones(4)})
    assert drawn.dtype == np.uint8 and drawn.shape[2] == 3
    rows = []
    for color in CHART_COLORS[:2]:
        rgb = [int(color[i : i + 2], 16) for i in (1, 3, 5)]
        there = np.abs(drawn.astype(int) - rgb).max(-1) < 8
        rows.append(there.sum(1).argmax())  # the line, not the legend
    # 0 on the axis at the bottom, 1 near the top.
    assert rows[0] > 0.75 * len(drawn) and rows[1] < 0.15 * len(drawn)


@pytest.mark.parametrize('values', [[0.5, 1.2], [0.5, np.nan], []])
def test_bad_values(values):
    with pytest.raises(ValueError, match='RT has .* one share in'):
        draw_selection_share({'RT': np.array(values)})
