"""Boxes are judged by the rule of the frame-mAP."""

import numpy as np
import pytest

from mmvkp.point3d.judged_boxes import judge_boxes
from mmvkp.tubes.average_precision import Boxes

TRUTH = (10, 10, 29, 49)  # 20 x 40 pixels


def boxes_of(*rows):
    """Frame, label and box of each."""
    return Boxes(
        np.array([row[0] for row in rows], int),
        np.array([row[2] for row in rows], float).reshape(-1, 4),
        np.array([row[1] for row in rows], int),
    )


def judge(found, scores, truths):
    """True for correct boxes, in the given order."""
    judged = judge_boxes(boxes_of(*found), np.array(scores), boxes_of(*truths))
    right = {
        (frame, label, *box): good
        for frame, box, label, good in zip(
            judged.boxes.frames.tolist(),
            judged.boxes.boxes.tolist(),
            judged.boxes.labels.tolist(),
            judged.correct.tolist(),
        )
    }
    return [right[(frame, label, *box)] for frame, label, box in found]


def test_the_overlap_counts_the_last_pixel():
    """A width of 10 of 20 pixels is exactly one half; one less is not."""
    half, less = (10, 10, 19, 49), (10, 10, 18, 49)
    assert judge([(1, 0, half)], [0.5], [(1, 0, TRUTH)]) == [True]
    assert judge([(1, 0, less)], [0.5], [(1, 0, TRUTH)]) == [False]


def test_frame_and_class_must_agree():
    found = [(1, 0, TRUTH), (1, 1, TRUTH), (2, 0, TRUTH)]
    assert judge(found, [0.5, 0.9, 0.9], [(1, 0, TRUTH)]) == [True, False, False]


def test_a_truth_is_found_once_by_the_best():
    near = (10, 10, 29, 45)
    found = [(1, 0, near), (1, 0, TRUTH)]
    assert judge(found, [0.9, 0.5], [(1, 0, TRUTH)]) == [True, False]
    assert judge(found, [0.5, 0.9], [(1, 0, TRUTH)]) == [False, True]


def test_doubles_lose_their_score():
    """36 of 40 rows: the score is multiplied by 1 - 0.9."""
    near = (10, 10, 29, 45)
    judged = judge_boxes(
        boxes_of((1, 0, near), (1, 0, TRUTH)),
        np.array([0.5, 0.9]),
        boxes_of((1, 0, TRUTH)),
    )
    assert judged.scores == pytest.approx([0.9, 0.05], abs=1e-6)


def test_nothing_found_and_nothing_there():
    judged = judge_boxes(boxes_of(), np.zeros(0), boxes_of((1, 0, TRUTH)))
    assert judged.correct.shape == judged.scores.shape == (0,)
    assert judge([(1, 0, TRUTH)], [0.5], []) == [False]


def test_boxes_above_a_score():
    near = (10, 10, 29, 45)
    judged = judge_boxes(
        boxes_of((1, 0, near), (1, 1, TRUTH)),
        np.array([0.3, 0.9]),
        boxes_of((1, 0, TRUTH)),
    )
    kept = judged.above(0.3)
    assert len(kept.scores) == 2
    kept = judged.above(0.31)
    assert kept.boxes.labels.tolist() == [1] and kept.correct.tolist() == [False]
