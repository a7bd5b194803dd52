"""One rule for degenerate boxes, from the annotations to the metric."""

import numpy as np
import pytest
import torch

from mmvkp.tubes.annotations import TubeAnnotations
from mmvkp.tubes.data_checks import check_annotations
from mmvkp.tubes.degenerate import usable_boxes, usable_truths, usable_tubes

from .tube_data import tube

NAN, INF = float('nan'), float('inf')
# Image of 64 x 48 pixels.
USABLE = [(0, 0, 63, 47), (-9, -9, 0, 0), (63, 47, 99, 99), (5, 5, 5.5, 6)]
DEGENERATE = [
    (64, 5, 70, 9),
    (5, 48, 9, 60),
    (-9, 5, -1, 9),
    (5, -9, 9, -1),
    (5, 5, 5, 9),
    (5, 5, 9, 5),
    (9, 5, 5, 9),
    (NAN, 5, 9, 9),
    (5, 5, 9, NAN),
    (5, 5, INF, 9),
    (-INF, 5, 9, 9),
]


def test_the_rule():
    boxes = np.array([[*USABLE, *DEGENERATE]], np.float32)
    expected = [[True] * len(USABLE) + [False] * len(DEGENERATE)]
    assert usable_boxes(boxes, (48, 64)).tolist() == expected
    assert usable_boxes(torch.from_numpy(boxes), (48, 64)).tolist() == expected
    # Without a size, boxes outside the image are not known.
    assert usable_boxes(boxes)[0, len(USABLE) : len(USABLE) + 4].all()


def annotated(box):
    rows = tube(1, 4, (5, 5, 20, 20))
    rows[2, 1:] = box
    return TubeAnnotations(
        ['a'], {'v': {0: [rows]}}, {'v': 4}, [[]], [['v']], {'v': (48, 64)}
    )


@pytest.mark.parametrize('box', DEGENERATE, ids=str)
def test_annotations_are_checked(box):
    (problem,) = check_annotations(annotated(box), ['v'])
    assert problem.frame == 3


def test_truths_of_an_evaluation():
    truth = annotated(DEGENERATE[0])
    truth.gttubes['v'][1] = [tube(2, 3, DEGENERATE[4])]
    truths, dropped = usable_truths(truth, ['v', 'w'])
    assert dropped == 3 and truths['w'] == {} and truths['v'][1] == []
    assert truths['v'][0][0][:, 0].tolist() == [1, 2, 4]
    assert [len(each) for each in usable_tubes(truth.gttubes['v'][1])] == [0]
