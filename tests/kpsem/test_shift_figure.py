"""Positions of crosses, arrows and lines."""

import numpy as np
import pytest

from mmvkp.kpsem.shift_figure import (
    LINE_COLOR,
    draw_key_point_shifts,
    strongest_channels,
)
from mmvkp.video.palette import MARK_COLORS


def clip(num_frames=2):
    """One channel, one region: a point that moves from (2, 4) to (5, 4)."""
    return dict(
        frames=np.zeros((num_frames, 40, 40, 3), np.uint8),
        points=np.array([[[[2, 4]], [[5, 4]]]]),
        shifts=np.array([[[[3.0, 0.0]]]]),
        lines=np.zeros((2, 2, 0)),
        map_size=(10, 10),
        channels=[0],
        height=200,
    )


def test_a_cross_lies_on_the_centre_of_its_cell():
    drawn = draw_key_point_shifts(**clip())
    assert drawn.shape == (2, 200, 200, 3) and drawn.dtype == np.uint8
    # 200 pixels for 10 cells: the last frame has a cross and no arrow.
    ys, xs = np.nonzero(drawn[1].any(-1))
    assert abs(xs.mean() - (5.5 * 20 - 0.5)) <= 1
    assert abs(ys.mean() - (4.5 * 20 - 0.5)) <= 1
    centre = drawn[1][round(ys.mean()), round(xs.mean())]
    # Antialiasing may mix in a little of the ground.
    assert np.abs(centre.astype(int) - MARK_COLORS[0]).max() <= 8


def test_an_arrow_ends_where_the_point_goes():
    drawn = draw_key_point_shifts(**clip())
    _, xs = np.nonzero(drawn[0].any(-1))
    assert abs(xs.max() - (5.5 * 20 - 0.5)) <= 4
    assert xs.min() >= 2 * 20 - 4


def test_a_map_with_fewer_frames_takes_every_second():
    arguments = clip(num_frames=4)
    arguments['frames'][2] = 9
    drawn = draw_key_point_shifts(**arguments)
    assert drawn[1, 0, 0].tolist() == [9, 9, 9] and not drawn[0, 0, 0].any()
    with pytest.raises(ValueError, match='3 frames cannot belong to a map'):
        draw_key_point_shifts(**dict(arguments, frames=np.zeros((3, 4, 4, 3))))


def test_separation_lines_and_untouched_input():
    arguments = clip()
    arguments['frames'] += 200
    arguments['lines'] = np.array([[[2.5], [7.0]]] * 2)
    before = arguments['frames'].copy()
    drawn = draw_key_point_shifts(**arguments)
    # 20 pixels a cell: at x = 50 and y = 140, with a dark rim.
    for line, rim in (
        (drawn[1, 5, 50], drawn[1, 5, 51]),
        (drawn[1, 140, 190], drawn[1, 141, 190]),
    ):
        assert line.tolist() == list(LINE_COLOR) and (rim < 60).all()
    assert (drawn[1, 5, 80] == 200).all()
    assert np.array_equal(arguments['frames'], before)


def test_strongest_channels_by_hand():
    shifts = np.zeros((3, 2, 1, 2))
    shifts[1, 0, 0] = (3, 4)  # length 5
    shifts[2, :, 0] = (0, 3)  # length 6
    assert strongest_channels(shifts, 2).tolist() == [2, 1]


def test_only_the_box_is_covered():
    arguments = dict(clip(), box=(10, 20, 30, 40))
    arguments['frames'] += 100
    arguments['lines'] = np.array([[[5.0], [5.0]]] * 2)
    drawn = draw_key_point_shifts(**arguments)[1]
    # Frames of 40 pixels are drawn five times as large; the map of 10 cells
    # covers x from 50 to 150 and y from 100 to 200.
    dark = (drawn == 40).all(-1)
    assert dark[:99].all() and dark[:, :49].all() and dark[:, 151:].all()
    assert not dark[101:199, 51:149].any()
    # The line is in the middle of the box, and not outside.
    assert drawn[190, 100].tolist() == list(LINE_COLOR)
    # Cell (5, 4): x = 50 + 5.5 * 10, y = 100 + 4.5 * 10.
    assert np.abs(drawn[145, 105].astype(int) - MARK_COLORS[0]).max() <= 8


def test_every_region_has_a_colour_of_its_own():
    assert len(set(MARK_COLORS)) == len(MARK_COLORS) == 16
