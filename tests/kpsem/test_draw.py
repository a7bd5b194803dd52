"""Rows of the drawing of an inspection."""

import numpy as np
import pytest
import torch

from mmvkp.kpsem.draw import draw_inspection
from mmvkp.kpsem.inspect import KeyPoints
from mmvkp.kpsem.key_points import KeyPointShifts


@pytest.fixture
def inspected():
    """Four frames on a map of two; 3 channels, 2 sets of one region.

    Channel 2 has the longest shifts in set 0, channel 1 in set 1.
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
