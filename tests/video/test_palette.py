"""Colors that can be told apart."""

import numpy as np

from mmvkp.video.palette import CHART_COLORS, MARK_COLORS


def test_marks_differ_and_are_rgb():
    colors = np.array(MARK_COLORS)
    assert colors.shape == (16, 3) and colors.min() >= 0 and colors.max() <= 255
    distance = np.abs(colors[:, None] - colors[None]).sum(-1)
    assert distance[~np.eye(len(colors), dtype=bool)].min() > 60


def test_lines_of_charts_differ():
    assert len(set(CHART_COLORS)) == len(CHART_COLORS)
    for each in CHART_COLORS:
        assert each[0] == '#' and len(bytes.fromhex(each[1:])) == 3
