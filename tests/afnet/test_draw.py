"""Crosses on skipped frames, and rows for several blocks."""

import numpy as np
import pytest

from mmvkp.afnet.draw import CROSS_COLOR, draw_frame_selection, draw_inspection
from mmvkp.afnet.inspect import FrameSelection

FRAMES = np.full((3, 40, 60, 3), 90, np.uint8)


def crossed(drawn):
    """True for each frame with the color of the cross in its center."""
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
        (np.array([0.0, 1.5, 1.0]), 'kept contains 1.5; values are from 0'),
        (np.array([0.0, np.nan, 1.0]), 'kept contains nan'),
    ],
)
def test_bad_values(kept, message):
    with pytest.raises(ValueError, match=message):
        draw_frame_selection(FRAMES, kept)


def selection(*masks):
    """Three frames; the masks are (T, M)."""
    masks = np.array(masks, float)
    names = tuple(f'layer{m + 1}.navigation.0' for m in range(masks.shape[1]))
    box = (0.0, 0.0, 60.0, 40.0)
    return FrameSelection(FRAMES, np.arange(3), box, np.ones(2), masks, names)


def test_one_row_for_each_block():
    result = selection([1, 0], [0, 0], [1, 1])
    rows = draw_inspection(result, 'a.mp4', 80, blocks=(1, 0))
    # 3 of 6 frames in the two blocks.
    total = '50.0 % of frames kept, mean of 2 blocks'
    assert [row.text for row in rows] == [
        f'a.mp4  |  block 1 (layer2): 1 of 3 frames  |  {total}',
        f'a.mp4  |  block 0 (layer1): 2 of 3 frames  |  {total}',
    ]
    assert [crossed(row.frames) for row in rows] == [
        [True, True, False],
        [False, True, False],
    ]


def test_the_third_block_is_drawn_by_default():
    rows = draw_inspection(selection(*[[1] * 4] * 3), 'a', 80)
    assert [row.text.split('  |  ')[1][:7] for row in rows] == ['block 2']
    rows = draw_inspection(selection(*[[1] * 2] * 3), 'a', 80)
    assert [row.text.split('  |  ')[1][:7] for row in rows] == ['block 1']
