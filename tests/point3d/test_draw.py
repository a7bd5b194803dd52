"""Colours of boxes, and places of boxes and heatmaps."""

import numpy as np
import pytest

from mmvkp.methods import METHODS, resolve
from mmvkp.point3d.draw import draw_box_key, draw_inspection, draw_judged_boxes
from mmvkp.point3d.inspect import PointMaps
from mmvkp.point3d.judged_boxes import JudgedBoxes
from mmvkp.tubes.average_precision import Boxes

BLUE, RED, GREEN = (0, 90, 255), (255, 70, 70), (120, 255, 120)
NONE = Boxes(np.zeros(0, int), np.zeros((0, 4)), np.zeros(0, int))
NOTHING = JudgedBoxes(NONE, np.zeros(0), np.zeros(0, bool))


def grey(height=100, width=120):
    return np.full((height, width, 3), 90, np.uint8)


def boxes_of(*rows):
    """Frame, label and box of each."""
    return Boxes(
        np.array([row[0] for row in rows]),
        np.array([row[2] for row in rows], float),
        np.array([row[1] for row in rows]),
    )


def test_colours_at_the_edges():
    truths = boxes_of((3, 0, (4, 30, 20, 90)), (4, 0, (60, 30, 70, 90)))
    found = boxes_of(
        (3, 0, (30, 40, 50, 80)), (3, 1, (80, 40, 110, 80)), (5, 0, (1, 1, 9, 9))
    )
    drawn = draw_judged_boxes(
        grey(),
        3,
        truths,
        JudgedBoxes(found, np.array([0.9, 0.5, 0.4]), np.array([True, False, True])),
        ['a', 'b'],
        100,
    )
    assert drawn.shape == (100, 120, 3)
    assert (drawn[45:91, 4] == BLUE).all() and (drawn[45:91, 20] == BLUE).all()
    assert (drawn[40:81, 30] == RED).all() and (drawn[80, 30:51] == RED).all()
    assert (drawn[40:81, 110] == GREEN).all()
    # Boxes of other frames are not there.
    assert (drawn[85:, 52:] == 90).all() and (drawn[:9, :] == 90).all()


def test_a_correct_box_covers_the_ground_truth():
    truths = boxes_of((1, 0, (10, 30, 60, 90)))
    drawn = draw_judged_boxes(
        grey(), 1, truths, JudgedBoxes(truths, np.ones(1), np.array([True])), ['a'], 100
    )
    assert (drawn[60:91, 10] == RED).all()


def test_enlarged():
    """A pixel becomes 4 x 4; the box ends with its last one."""
    truths = boxes_of((1, 0, (2, 9, 9, 15)))
    drawn = draw_judged_boxes(grey(20, 30), 1, truths, NOTHING, ['a'], 80)
    assert drawn.shape == (80, 120, 3)
    assert (drawn[40:64, 8] == BLUE).all() and (drawn[40:64, 39] == BLUE).all()
    assert (drawn[64:] == 90).all()


def test_scores_that_do_not_fit():
    truths = boxes_of((1, 0, (10, 30, 60, 90)))
    with pytest.raises(ValueError, match='1 boxes, 2 scores and 1 marks'):
        found = JudgedBoxes(truths, np.ones(2), np.ones(1, bool))
        draw_judged_boxes(grey(), 1, NONE, found, ['a'])


def clip_of(frames, heat, truth=NONE, found=NOTHING, joints=None, box=None):
    """A clip that starts with frame 7."""
    return PointMaps(
        'a',
        ['walk'],
        frames,
        np.arange(len(frames)) + 6,
        box or (0, 0, *frames.shape[2:0:-1]),
        np.ones(1),
        heat,
        joints,
        truth,
        found,
    )


def brightest(part):
    """Row and column of the middle of the most yellow area."""
    yellow = part[..., :2].astype(int).sum(-1) - part[..., 2]
    place = np.argwhere(yellow >= yellow.max() - 20)
    return place.mean(0)


def test_the_maximum_lies_in_its_cell():
    frames = np.stack([grey(64, 64)] * 2)
    heat = np.zeros((2, 16, 16))
    heat[0, 5, 11], heat[1, 14, 2] = 0.8, 0.8
    _, row = draw_inspection(clip_of(frames, heat), 'a', 128)
    # 8 pixels a cell.
    first, second = row.frames
    assert first.shape == second.shape == (128, 128, 3)
    assert row.legend.shape[0] == 128
    assert brightest(first) == pytest.approx([5 * 8 + 3.5, 11 * 8 + 3.5])
    assert brightest(second) == pytest.approx([14 * 8 + 3.5, 2 * 8 + 3.5])


def test_maps_that_cover_more_than_the_frame():
    """Of 80 x 80 pixels the frame shows the first 64: 10 cells are 8."""
    frames = grey(64, 64)[None]
    heat = np.zeros((1, 10, 10))
    heat[0, 3, 7] = 1
    clip = clip_of(frames, heat, box=(0, 0, 80, 80))
    _, row = draw_inspection(clip, 'a', 128)
    assert brightest(row.frames[0]) == pytest.approx([3 * 16 + 7.5, 7 * 16 + 7.5])


def test_a_clip():
    frames = np.stack([grey(64, 64)] * 3)
    truths = boxes_of((7, 0, (10, 20, 30, 60)), (9, 0, (10, 20, 30, 60)))
    found = JudgedBoxes(truths, np.array([0.9, 0.8]), np.array([True, False]))
    heat = np.random.default_rng(0).random((3, 16, 16))
    rows = draw_inspection(clip_of(frames, heat, truths, found, heat), 'a', 128)
    assert len(rows) == 3
    assert len(draw_inspection(clip_of(frames, heat), 'a', 128)) == 2
    assert rows[0].text == 'a  |  frames 7 to 9; boxes with a score of at least 0.3'
    # Frames of 128 and their captions of 18.
    assert rows[0].frames.shape == (3, 128 + 18, 128, 3)
    assert rows[0].legend.shape[0] == 128 + 18
    assert rows[1].frames.shape == rows[2].frames.shape == (3, 128, 128, 3)
    # Twice the frame: left edge of the boxes at 20.
    assert (rows[0].frames[0, 80:120, 20] == RED).all()
    assert (rows[0].frames[2, 80:120, 20] == GREEN).all()
    assert (rows[0].frames[1, :128] == 90).all()
    # A box below the threshold is left out; the ground truth stays.
    rows = draw_inspection(
        clip_of(frames, heat, truths, found), 'a', 128, score_threshold=0.85
    )
    assert (rows[0].frames[0, 80:120, 20] == RED).all()
    assert (rows[0].frames[2, 80:120, 20] == BLUE).all()


def test_the_table_of_methods_names_it():
    assert resolve(METHODS['Point3D'].drawing) is draw_inspection


def test_the_key_shows_all_colours():
    key = draw_box_key(128).reshape(-1, 3).tolist()
    assert {BLUE, RED, GREEN} <= {tuple(color) for color in key}
