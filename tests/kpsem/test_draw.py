"""Positions of crosses, arrows and lines; rows of an inspection."""

import numpy as np
import pytest
import torch

from mmvkp.kpsem.draw import (
    LINE_COLOR,
    draw_inspection,
    draw_key_point_shifts,
    strongest_channels,
)
from mmvkp.kpsem.inspect import KeyPoints
from mmvkp.kpsem.shift_extractor import KeyPointShifts
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


@pytest.fixture
def inspected():
    """Four frames on a map of two; 3 channels, 2 sets of one region.

    The shifts of channel 2 are the longest in set 0, those of channel 1 in set 1.
    """
    shifts = torch.zeros(1, 3, 1, 2, 1, 2)
    shifts[0, 2, 0, 0], shifts[0, 1, 0, 1] = 3, 2
    return KeyPoints(
        frames=np.zeros((4, 40, 60, 3), np.uint8),
        numbers=np.array([3, 4, 5, 6]),
        box=(0, 0, 60, 40),
        scores=np.array([1.0]),
        shifts=KeyPointShifts(
            lines=torch.zeros(1, 2, 2, 2, 0),
            points=torch.zeros(1, 3, 2, 2, 1, 2),
            shifts=shifts,
            weights=torch.ones(1, 3, 1, 2, 1),
        ),
        map_size=(15, 10),
    )


def test_one_row_per_set(inspected):
    rows = draw_inspection(inspected, 'a.mp4: run 90.0 %', 80, sets=(0, 1))
    start = 'a.mp4: run 90.0 %  |  set'
    assert [row.text for row in rows] == [
        f'{start} 0, channel 2',
        f'{start} 1, channel 1',
    ]
    for row in rows:
        assert row.frames.shape == (2, 80, 120, 3) and row.frames.dtype == np.uint8
        assert row.legend is None
    # Frames 3 and 5 are drawn; their numbers differ.
    corners = rows[0].frames[:, :20, 8:30]
    assert (corners == 255).any() and not np.array_equal(*corners)


def test_chosen_channels_and_their_number(inspected):
    (row,) = draw_inspection(inspected, 'a', 80, channels=(0, 2))
    assert row.text == 'a  |  set 0, channels 0, 2'
    (row,) = draw_inspection(inspected, 'a', 80, num_channels=2)
    assert row.text == 'a  |  set 0, channels 2, 0'


@pytest.mark.parametrize(
    'options, message',
    [
        (dict(channels=(3,)), r'channel 3 is outside \[0, 2\]'),
        (dict(channels=(-1,)), r'channel -1 is outside \[0, 2\]'),
        (dict(sets=(2,)), r'set 2 is outside \[0, 1\]'),
    ],
)
def test_unknown_channels_and_sets(inspected, options, message):
    with pytest.raises(ValueError, match=message):
        draw_inspection(inspected, 'a', **options)
