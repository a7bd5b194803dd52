"""Marks lie on their cells, in the colour of their score."""

import numpy as np
import pytest

from mmvkp.aknet.draw import draw_action_keypoints, points_per_frame
from mmvkp.recognition.heatmap import score_colors

# Three frames of 60 x 40 pixels, drawn twice as large; 6 x 4 cells of 20
# pixels, or in the box 4 x 2 of 20.
FRAMES = np.full((3, 40, 60, 3), 100, np.uint8)
POINTS = np.array([[0, 1, 2], [0, 1, 3], [2, 0, 0], [2, 3, 5]])
SCORES = np.array([1.0, 2.0, 3.0, 5.0])


def rim_of(frame, x, y, cell=20, wide=2):
    """Colours of the outline of the cell (x, y), without its inside."""
    part = frame[y * cell : (y + 1) * cell, x * cell : (x + 1) * cell]
    inside = np.zeros(part.shape[:2], bool)
    inside[wide:-wide, wide:-wide] = True
    return part[~inside]


def test_marks_lie_on_their_cells():
    drawn = draw_action_keypoints(FRAMES, POINTS, SCORES, (6, 4), height=80)
    assert drawn.shape == (3, 80 + 18, 120, 3) and drawn.dtype == np.uint8
    for t, frame in enumerate(drawn[:, :80]):
        marked = (frame != 100).any(-1)
        cells = marked.reshape(4, 20, 6, 20).transpose(0, 2, 1, 3)
        whole = cells.all((2, 3))
        # A cell is marked to its edges or not at all.
        assert np.array_equal(whole, cells.any((2, 3)))
        assert [[t, *place] for place in np.argwhere(whole).tolist()] == POINTS[
            POINTS[:, 0] == t
        ].tolist()
    assert (FRAMES == 100).all()


def test_colours_follow_the_scores():
    drawn = draw_action_keypoints(FRAMES, POINTS, SCORES, (6, 4), height=80)
    colors = score_colors(SCORES, 1, 5)
    for (t, y, x), color in zip(POINTS, colors):
        assert (rim_of(drawn[t], x, y) == color).all()
        # Inside 0.6 of the frame's grey are left.
        assert (
            np.abs(
                drawn[t, 20 * y + 9, 20 * x + 9]
                - (0.6 * 100 + 0.4 * color.astype(float))
            ).max()
            <= 0.5
        )


def test_grey_below_a_mark():
    """A colour of the picture is not taken for a score."""
    frames = FRAMES.copy()
    frames[:] = (30, 60, 90)
    drawn = draw_action_keypoints(frames, POINTS, SCORES, (6, 4), height=80)
    color = score_colors(SCORES[:1], 1, 5)[0]
    assert (
        np.abs(drawn[0, 29, 49] - (0.6 * 60 + 0.4 * color.astype(float))).max() <= 0.5
    )


def test_only_the_box_is_covered():
    box = (10, 10, 50, 30)  # drawn: x 20 to 100, y 20 to 60
    points = np.array([[1, 0, 0], [1, 1, 3]])
    drawn = draw_action_keypoints(
        FRAMES, points, np.ones(2), (4, 2), height=80, box=box
    )[1, :80]
    unseen = np.ones((80, 120), bool)
    unseen[20:60, 20:100] = False
    assert (drawn[unseen] == 40).all()
    marked = (drawn != 100).any(-1) & ~unseen
    wanted = np.zeros_like(marked)
    wanted[20:40, 20:40] = wanted[40:60, 80:100] = True
    assert np.array_equal(marked, wanted)


def test_number_of_points_below_each_frame():
    assert points_per_frame(POINTS, 3).tolist() == [2, 0, 2]
    drawn = draw_action_keypoints(FRAMES, POINTS, SCORES, (6, 4), height=80)
    bars = drawn[:, 80:]
    assert np.array_equal(bars[0], bars[2])  # both have two
    assert not np.array_equal(bars[0], bars[1])
    one = draw_action_keypoints(FRAMES, POINTS[:1], SCORES[:1], (6, 4), 80)
    assert not np.array_equal(one[0, 80:], bars[0])
    assert np.array_equal(one[1, 80:], bars[1])  # none


def test_small_cells_are_tinted_without_rim():
    points = np.array([[0, 10, 20]])
    drawn = draw_action_keypoints(FRAMES, points, np.ones(1), (60, 40), 80)[0, :80]
    mark = drawn[20:22, 40:42]
    assert (mark == mark[0, 0]).all() and (mark[0, 0] != 100).any()
    assert np.abs(mark[0, 0] - (60 + 0.4 * score_colors(1.0, 1, 1))).max() <= 1


@pytest.mark.parametrize(
    'changed, message',
    [
        (dict(scores=np.ones(3)), r'4 points, but scores have the shape \(3,\)'),
        (dict(frames=FRAMES[:2]), 'are in frames 0 to 2, but there are 2 frames'),
        (dict(map_size=(5, 4)), 'outside the map of 5 x 4 cells'),
    ],
)
def test_frames_points_and_scores_that_do_not_match(changed, message):
    given = dict(frames=FRAMES, points=POINTS, scores=SCORES, map_size=(6, 4))
    with pytest.raises(ValueError, match=message):
        draw_action_keypoints(**dict(given, **changed))
