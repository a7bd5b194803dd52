"""Colors of scores and heatmaps of cells."""

import numpy as np
import pytest

from mmvkp.recognition.heatmap import draw_heatmap, draw_score_bar, score_colors

# Three frames of 60 x 40 pixels, drawn twice as large: 6 x 4 cells of 20 pixels.
FRAMES = np.full((3, 40, 60, 3), 100, np.uint8)


def test_colours_by_hand():
    colors = score_colors(np.array([2.0, 3.0, 4.0, 0.0, 9.0]), 2, 4)
    # Violet with a strong blue, orange, and yellow, as matplotlib has them at
    # 60, 157.5 and 255 of its 256 colours of plasma.
    for color, wanted in zip(colors, ((126, 3, 168), (225, 100, 98), (240, 249, 33))):
        assert np.abs(color.astype(int) - wanted).max() <= 12
    assert np.array_equal(colors[3:], colors[[0, 2]])  # outside: the ends
    # The lightness rises evenly with the score.
    light = score_colors(np.linspace(0, 1, 9), 0, 1) @ [0.3, 0.59, 0.11]
    assert (np.diff(light) > 0).all()
    assert np.array_equal(score_colors(np.array([7.0]), 7, 7)[0], colors[2])


def test_heatmap_by_hand():
    heatmap = np.zeros((3, 4, 6))
    heatmap[1, 2, 3], heatmap[2, 0, 0] = 2.0, 1.0
    drawn = draw_heatmap(FRAMES, heatmap, height=80)
    assert drawn.shape == (3, 80, 120, 3)
    colors = score_colors(np.array([0.0, 1.0, 2.0]), 0, 2).astype(float)
    for t, y, x, color in ((1, 2, 3, 2), (2, 0, 0, 1), (0, 2, 3, 0)):
        cell = drawn[t, 20 * y : 20 * y + 20, 20 * x : 20 * x + 20]
        # 0.3 of the frame's grey are left, to the edges of the cell.
        assert np.abs(cell - (0.3 * 100 + 0.7 * colors[color])).max() <= 0.5


@pytest.mark.parametrize('height', [48, 256])
def test_legend_goes_from_low_to_high(height):
    bar = draw_score_bar(-1.5, 20, height)
    assert bar.shape[0] == height and bar.dtype == np.uint8
    column = bar[:, 14].astype(int)
    ends = score_colors(np.array([20.0, -1.5]), -1.5, 20)
    rows = [np.flatnonzero((column == end).all(-1)) for end in ends]
    assert 0 < rows[0].max() < height / 2 < rows[1].min() < height


def test_one_map_per_frame():
    with pytest.raises(ValueError, match='3 frames, but a map of 2'):
        draw_heatmap(FRAMES, np.zeros((2, 4, 6)))
