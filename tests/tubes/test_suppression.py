"""Suppression: hand-made cases, and plain Python on many groups."""

import numpy as np
import pytest

from mmvkp.tubes import suppression as module
from mmvkp.tubes.suppression import suppress, suppress_tubes

from . import naive_tubes
from .tube_cases import still_tube

BOX = np.array([0, 0, 9, 9], dtype=np.float32)


def test_decay_by_hand():
    # Nine of eleven columns are common; the third box is elsewhere.
    boxes = np.stack([BOX, BOX + [1, 0, 1, 0], BOX + 100])[:, None]
    order, scores = suppress(boxes, np.array([0.9, 0.8, 0.1]), np.zeros(3))
    assert order.tolist() == [0, 1, 2]
    np.testing.assert_allclose(scores, [0.9, 0.8 * (1 - 9 / 11), 0.1])
    order, scores = suppress(boxes, np.array([0.9, 0.8, 0.2]), np.zeros(3), soft=False)
    assert order.tolist() == [0, 2]
    np.testing.assert_allclose(scores, [0.9, 0.2])


def test_suppressed_boxes_suppress_nothing():
    # Each overlaps the next by 7/13, the first and the third by 4/16.
    boxes = np.stack([BOX + [3 * i, 0, 3 * i, 0] for i in range(3)])[:, None]
    order, scores = suppress(
        boxes, np.array([0.9, 0.8, 0.7]), np.zeros(3), threshold=0.5
    )
    assert order.tolist() == [0, 2, 1]
    np.testing.assert_allclose(scores, [0.9, 0.7, 0.8 * (1 - 7 / 13)], rtol=1e-6)


def test_tubelets_decay_below_zero():
    # Two pairs of equal boxes: 1 - 2.
    boxes = np.stack([BOX, BOX, BOX, BOX]).reshape(2, 2, 4)
    order, scores = suppress(boxes, np.array([0.5, 0.6]), np.zeros(2))
    assert order.tolist() == [1, 0]
    np.testing.assert_allclose(scores, [0.6, -0.5])


def test_groups_do_not_meet():
    boxes = np.stack([BOX, BOX, BOX])[:, None]
    order, scores = suppress(boxes, np.array([0.5, 0.6, 0.4]), np.array([3, 1, 3]))
    assert order.tolist() == [1, 0, 2]
    np.testing.assert_allclose(scores, [0.6, 0.5, 0])


@pytest.mark.parametrize('soft', [True, False])
@pytest.mark.parametrize('length, levels', [(1, None), (1, 3), (3, 4)])
def test_as_plain_python_has_it(soft, length, levels, monkeypatch):
    monkeypatch.setattr(module, 'BLOCK', 64)  # several blocks
    monkeypatch.setattr(module, 'PAIRS', 200)  # and several parts of them
    rng = np.random.default_rng(length)
    count = 150
    corner = rng.uniform(0, 25, (count, length, 2))
    boxes = np.concatenate(
        [corner, corner + rng.uniform(10, 30, (count, length, 2))], -1
    )
    boxes = boxes.astype(np.float32)
    scores = rng.uniform(0.01, 1, count)
    if levels:
        scores = np.ceil(scores * levels) / levels
    groups = rng.integers(0, 20, count) * 7
    before = boxes.copy(), scores.copy()
    order, changed = suppress(boxes, scores, groups, 0.4, soft)
    np.testing.assert_array_equal(boxes, before[0])
    np.testing.assert_array_equal(scores, before[1])
    rows = [
        (0, 0, float(s), tuple(tuple(map(float, b)) for b in box))
        for s, box in zip(scores, boxes)
    ]
    expected = []
    for group in sorted(set(groups.tolist())):
        members = [row for row, g in zip(rows, groups) if g == group]
        expected += [(group, *row) for row in naive_tubes.suppress(members, 0.4, soft)]
    assert len(order) == len(expected)
    assert groups[order].tolist() == [row[0] for row in expected]
    np.testing.assert_allclose(changed, [row[3] for row in expected], atol=1e-5)
    for place, row in zip(order, expected):
        assert boxes[place].tolist() == [list(box) for box in row[4]]


def test_order_of_equal_scores_does_not_matter():
    rng = np.random.default_rng(0)
    boxes = rng.integers(0, 3, (40, 1, 4)).astype(np.float32)
    scores, groups = np.full(40, 0.5), rng.integers(0, 3, 40)
    shuffle = rng.permutation(40)
    first = module.rank_order(groups, scores, boxes)
    second = shuffle[
        module.rank_order(groups[shuffle], scores[shuffle], boxes[shuffle])
    ]
    np.testing.assert_array_equal(boxes[first], boxes[second])
    np.testing.assert_array_equal(groups[first], np.sort(groups))


def test_blocks_hold_every_member_once(monkeypatch):
    monkeypatch.setattr(module, 'BLOCK', 32)
    groups = np.repeat(np.arange(40), np.arange(40) % 9)
    places = np.concatenate(
        [block[mask] for block, mask in module.group_blocks(groups)]
    )
    assert sorted(places.tolist()) == list(range(len(groups)))
    for block, mask in module.group_blocks(groups):
        assert mask.mean() >= 0.5 and block.size <= 64
    assert not list(module.group_blocks(groups[:0]))


def test_nothing():
    order, scores = suppress(np.zeros((0, 1, 4)), np.zeros(0), np.zeros(0))
    assert not len(order) and not len(scores)
    assert suppress_tubes([], []) == []


def test_tubes():
    # The second overlaps the first by 0.5, the third by 0.2.
    tubes = [still_tube(1, 10), still_tube(1, 5), still_tube(9, 10)]
    assert suppress_tubes(tubes, [0.5, 0.4, 0.6]) == [2, 0]
    assert suppress_tubes(tubes, [0.5, 0.4, 0.6], threshold=0.5) == [2, 0, 1]
    assert suppress_tubes(tubes, [0.5, 0.6, 0.4], threshold=0.1) == [1, 2]
