"""IoU: hand-made cases, and plain Python."""

import numpy as np
import pytest

from mmvkp.tubes.iou import box_iou, tube_iou

from . import naive_tubes
from .tube_cases import still_tube


def test_ends_belong_to_the_box():
    # 2 x 2 pixels and 2 x 2 pixels share one of seven.
    first, second = np.array([0, 0, 1, 1]), np.array([1, 1, 2, 2])
    assert box_iou(first, second) == pytest.approx(1 / 7)
    assert box_iou(first, second, inclusive=False) == 0
    # A box of one pixel.
    assert box_iou(np.array([3, 3, 3, 3]), np.array([3, 3, 3, 3])) == 1


def test_shift_by_half_the_width():
    # 40 wide: 20 of 60 columns are common.
    box = np.array([10, 20, 49, 79])
    assert box_iou(box, box + [20, 0, 20, 0]) == pytest.approx(1 / 3)


def test_equal_boxes_overlap_fully_and_broken_ones_not():
    rng = np.random.default_rng(0)
    corner = rng.uniform(0, 300, (200, 2))
    boxes = np.concatenate([corner, corner + rng.uniform(0, 90, (200, 2))], 1)
    assert (box_iou(boxes, boxes) == 1).all()
    boxes = boxes.astype(np.float32)
    assert (box_iou(boxes, boxes) == 1).all()
    turned = boxes[:, [2, 3, 0, 1]] - [0, 0, 2, 2]
    assert (box_iou(turned, boxes) == 0).all()
    point = np.array([3.0, 3, 3, 3])
    assert box_iou(point, point, inclusive=False) == 0


@pytest.mark.parametrize(
    'inclusive, naive',
    [(True, naive_tubes.box_iou), (False, naive_tubes.exclusive_iou)],
)
def test_as_plain_python_has_it(inclusive, naive):
    rng = np.random.default_rng(1)
    corner = rng.uniform(0, 40, (30, 2))
    boxes = np.concatenate([corner, corner + rng.uniform(1, 40, (30, 2))], 1)
    before = boxes.copy()
    found = box_iou(boxes[:, None], boxes[None], inclusive)
    expected = [[naive(a, b) for b in boxes.tolist()] for a in boxes.tolist()]
    np.testing.assert_allclose(found, expected, atol=1e-12)
    np.testing.assert_array_equal(boxes, before)


def test_tube_one_frame_short():
    # Nine of ten frames.
    assert tube_iou([still_tube(1, 10)], [still_tube(2, 10)])[0, 0] == 0.9


def test_tubes_that_meet_in_part():
    # Frames 1 to 4 and 3 to 8: two common ones of eight, a third of each box.
    other = still_tube(3, 8, (30, 20, 69, 79))
    found = tube_iou([still_tube(1, 4)], [other])
    assert found[0, 0] == pytest.approx(2 / 8 / 3)


def test_one_frame_far_away_and_empty_tubes():
    tubes = [still_tube(5, 5), still_tube(7, 9), np.zeros((0, 5))]
    np.testing.assert_array_equal(tube_iou(tubes, tubes), np.diag([1.0, 1.0, 0.0]))
    assert tube_iou([], tubes).shape == (0, 3)
    assert tube_iou(tubes[2:], tubes[2:]) == 0


def test_tubes_with_holes_and_unsorted_rows():
    rng = np.random.default_rng(2)
    tubes = []
    for _ in range(8):
        frames = rng.permutation(30)[: rng.integers(1, 20)] + 1
        corner = rng.uniform(0, 20, (len(frames), 2))
        tubes.append(np.concatenate([frames[:, None], corner, corner + 25], 1))
    naive = [{int(row[0]): tuple(row[1:]) for row in tube} for tube in tubes]
    expected = [[naive_tubes.tube_iou(a, b) for b in naive] for a in naive]
    np.testing.assert_allclose(tube_iou(tubes, tubes), expected, atol=1e-12)
