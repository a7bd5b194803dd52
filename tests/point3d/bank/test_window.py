"""Windows of frames, by their definition."""

import numpy as np
import pytest

from mmvkp.point3d.bank.window import cut_window, first_frame, window_len

from .bank_files import counting_rows


@pytest.mark.parametrize(
    'first, expected',
    [
        (1, [1, 2, 3]),
        (3, [3, 4, 5]),
        (-1, [0, 0, 1]),
        (5, [5, 0, 0]),
        (-9, [0, 0, 0]),
        (6, [0, 0, 0]),
    ],
)
def test_frames_outside_the_video_are_masked(first, expected):
    rows, present = cut_window(counting_rows(5), first, 3)
    assert rows[:, 1, 1].tolist() == expected
    assert present.tolist() == [each > 0 for each in expected]


def test_the_place_of_the_window():
    frames = np.array([7, 9, 11, 13])
    # Frame 11 is in the middle, 13 the last one.
    assert (first_frame(frames, 4, False), window_len(4, False)) == (7, 9)
    assert (first_frame(frames, 4, True), window_len(4, True)) == (9, 5)
