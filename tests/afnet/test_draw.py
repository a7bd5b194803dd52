"""Crosses over skipped frames."""

import numpy as np
import pytest

from mmvkp.afnet.draw import CROSS_COLOR, draw_frame_selection

FRAMES = np.full((3, 40, 60, 3), 90, np.uint8)


def crossed(drawn):
    """Whether the colour of the cross is at the middle of each frame."""
    return [
        tuple(frame[frame.shape[0] // 2, frame.shape[1] // 2]) == CROSS_COLOR
        for frame in drawn
    ]


def test_skipped_frames_are_crossed_out():
    drawn = draw_frame_selection(FRAMES, np.array([0, 1, 0]), height=80)
    assert drawn.shape == (3, 80, 120, 3) and drawn.dtype == np.uint8
    assert crossed(drawn) == [True, False, True]
    assert (drawn[1] == 90).all()  # a kept frame is left alone
    # Arms reach 3/10 of the height from the middle, and not further.
    red = (drawn[0] == CROSS_COLOR).all(-1)
    rows = np.flatnonzero(red.any(1))
    assert abs(rows[0] - (40 - 24)) <= 2 and abs(rows[-1] - (40 + 24)) <= 2
    assert (FRAMES == 90).all()


def test_numbers_and_what_is_not_seen():
    drawn = draw_frame_selection(
        FRAMES, np.ones(3), numbers=[0, 7, 14], height=40, box=(10, 0, 50, 40)
    )
    assert (drawn[0][20:, :10] == 31).all()  # 0.35 of 90
    assert (drawn[0][20:, 10:50] == 90).all()
    assert (drawn[1][:14, :16] > 200).any()


def test_weights_are_written_instead():
    drawn = draw_frame_selection(FRAMES, np.array([0.5, 1.0, 0.0]), height=80)
    assert crossed(drawn) == [False] * 3
    assert all((frame[60:] > 200).any() for frame in drawn)


@pytest.mark.parametrize(
    'kept, message',
    [
        (np.ones(2), r'3 frames, but kept has the shape \(2,\)'),
        (np.array([0.0, 1.5, 1.0]), 'kept holds 1.5; values are from 0'),
        (np.array([0.0, np.nan, 1.0]), 'kept holds nan'),
    ],
)
def test_bad_values(kept, message):
    with pytest.raises(ValueError, match=message):
        draw_frame_selection(FRAMES, kept)
