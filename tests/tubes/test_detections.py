"""Packing and merging of detections."""

import numpy as np
import pytest

from mmvkp.tubes.detections import merge, pack, pack_nothing


def make(rng, count, frames=(3,), length=1):
    corner = rng.uniform(0, 99, (count, length, 2))
    boxes = np.concatenate([corner, corner + 20], -1)
    return np.repeat(frames, count // len(frames)), boxes


def as_set(detections):
    """Detections as (frame, label, score, box)."""
    frames, boxes, labels, scores = detections.tubelets()
    return {
        (int(f), int(c), float(s), tuple(box.ravel().tolist()))
        for f, c, s, box in zip(frames, labels, scores, boxes)
    }


@pytest.mark.parametrize('limit', [None, 1, 4, 10, 99])
def test_the_best_of_each_frame_and_class(limit):
    rng = np.random.default_rng(0)
    frames, boxes = make(rng, 20, (3, 4))
    boxes = boxes.astype(np.float32)
    scores = rng.uniform(0, 1, (20, 5)).astype(np.float32)
    found = pack(frames, boxes, scores, None, None, limit)
    expected = set()
    for frame in (3, 4):
        for label in range(5):
            rows = [i for i in range(20) if frames[i] == frame]
            rows.sort(key=lambda i: -scores[i, label])
            expected |= {
                (
                    frame,
                    label,
                    float(scores[i, label]),
                    tuple(boxes[i].ravel().tolist()),
                )
                for i in rows[:limit]
            }
    assert as_set(found) == expected
    assert len(found.score) == len(expected)
    # The same with labels.
    label = np.tile(np.arange(5), 20)
    flat = pack(
        np.repeat(frames, 5), np.repeat(boxes, 5, 0), scores.ravel(), label, None, limit
    )
    assert as_set(flat) == expected


def test_a_score_for_the_box_and_one_for_the_class():
    rng = np.random.default_rng(1)
    frames, boxes = make(rng, 8, (1, 2), length=3)
    box_scores, class_scores = rng.uniform(size=8), rng.uniform(size=5)
    product = np.outer(box_scores, class_scores)
    found = pack(frames, boxes, box_scores, None, class_scores, 2)
    assert len(found.boxes) == 4
    expected = pack(frames, boxes, product, None, None, 2)
    assert len(as_set(found)) == 20
    for one, two in zip(sorted(as_set(found)), sorted(as_set(expected))):
        assert one[:2] == two[:2] and one[3] == two[3]
        assert one[2] == pytest.approx(two[2], rel=1e-5)


def test_memory_of_a_frame():
    """100 boxes with 24 scores: 30 of each class, and no box twice."""
    rng = np.random.default_rng(2)
    frames, boxes = make(rng, 100)
    found = pack(frames, boxes, rng.uniform(size=(100, 24)), None, None, 30)
    assert len(found.score) == 24 * 30 and len(found.boxes) <= 100
    assert sum(array.nbytes for array in found[:5]) <= 24 * 30 * 10 + 2000


def test_equal_scores_are_chosen_by_coordinates():
    rng = np.random.default_rng(3)
    frames, boxes = make(rng, 12)
    shuffle = rng.permutation(12)
    for scores in (np.full((12, 2), 0.5), np.full(12, 0.5)):
        classes = None if scores.ndim == 2 else np.ones(2)
        first = pack(frames, boxes, scores, None, classes, 4)
        second = pack(frames, boxes[shuffle], scores, None, classes, 4)
        assert as_set(first) == as_set(second) and len(as_set(first)) == 8


def test_merging_drops_what_came_twice():
    rng = np.random.default_rng(4)
    samples = [
        pack(*make(rng, 6, (frame,)), rng.uniform(size=(6, 2)), None, None, 3)
        for frame in (5, 1, 2)
    ]
    nothing = pack_nothing(1)
    twice = [*samples, nothing, samples[1], samples[0], nothing]
    merged = merge('a', twice, 1)
    assert as_set(merged) == set.union(*map(as_set, samples))
    assert len(merged.score) == 18
    assert merge('a', [], 7).boxes.shape == (0, 7, 4)


def test_merging_refuses_other_detections_of_a_frame():
    rng = np.random.default_rng(5)
    first = pack(*make(rng, 6, (5, 6)), np.ones(6), np.zeros(6), None, 3)
    second = pack(*make(rng, 6, (6, 7)), np.ones(6), np.zeros(6), None, 3)
    with pytest.raises(ValueError, match="video 'a', frame 6: two samples"):
        merge('a', [first, second], 1)
