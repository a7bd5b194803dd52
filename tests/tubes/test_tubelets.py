"""Averages of classes, by hand and as plain Python computes them."""

from collections import defaultdict

import numpy as np

from mmvkp.tubes.evaluation import evaluate_video
from mmvkp.tubes.options import make_options
from mmvkp.tubes.tubelets import Tubelets, average_classes

from .tube_cases import random_video

BOX, OTHER = [[0.0, 0.0, 9.0, 9.0]], [[20.0, 0.0, 29.0, 9.0]]


def scores_of(detections):
    """Score of each (frame, left edge, class)."""
    return {
        (int(frame), float(box[0, 0]), int(label)): float(score)
        for frame, box, label, score in zip(*detections)
    }


def test_by_hand():
    # Frame 1: 0.6 and 0.2 in classes 0 and 1; frame 2: 0.4 in class 1, and a second
    # box with 0.1 in class 0; frame 4: 0.5 in class 1. Weights: 0.8, 0.4, 0, 0.5.
    found = Tubelets(
        np.array([1, 1, 2, 2, 4]),
        np.array([BOX, BOX, BOX, OTHER, BOX]),
        np.array([0, 1, 1, 0, 1]),
        np.array([0.6, 0.2, 0.4, 0.1, 0.5]),
    )
    # Sums of weight times share, frames 1 and 2: class 0: 0.8 * 0.75 + 0.4 * 0.2,
    # class 1: 0.8 * 0.25 + 0.4 * 0.8; of all 1.2.
    first, second = 0.68 / 1.2, 0.52 / 1.2
    wanted = {
        (1, 0.0, 0): 0.8 * first,
        (1, 0.0, 1): 0.8 * second,
        (2, 0.0, 0): 0.4 * first,
        (2, 0.0, 1): 0.4 * second,
        (2, 20.0, 0): 0.1 * first,
        (2, 20.0, 1): 0.1 * second,
        (4, 0.0, 1): 0.5,
    }
    averaged = scores_of(average_classes(found, 5, 2, 1))
    assert averaged.keys() == wanted.keys()
    for key, value in wanted.items():
        np.testing.assert_allclose(averaged[key], value, rtol=1e-6)


def naive_average(found, num_frames, num_classes, window):
    """Boxes and frames one at a time."""
    boxes = defaultdict(dict)
    for frame, box, label, score in zip(*found):
        boxes[int(frame), tuple(box.ravel().tolist())][int(label)] = float(score)
    result = {}
    for (frame, box), own in boxes.items():
        mean = np.zeros(num_classes)
        for other in range(frame - window, frame + window + 1):
            there = [classes for (at, _), classes in boxes.items() if at == other]
            if there:
                shares = [sum(c.get(k, 0) for c in there) for k in range(num_classes)]
                heaviest = max(sum(classes.values()) for classes in there)
                mean += heaviest * np.array(shares) / sum(shares)
        for label in np.flatnonzero(mean):
            score = sum(own.values()) * mean[label] / mean.sum()
            if score > 1e-6:
                result[frame, box, int(label)] = score
    return result


def test_equals_plain_python():
    rng = np.random.default_rng(0)
    count = 300
    found = Tubelets(
        rng.integers(1, 21, count),
        rng.choice([0.0, 10.0, 20.0], (count, 1, 4)),
        rng.integers(0, 4, count),
        rng.random(count),
    )
    _, first = np.unique(
        np.concatenate(
            [found.frames[:, None], found.boxes[:, 0], found.labels[:, None]], 1
        ),
        axis=0,
        return_index=True,
    )
    found = Tubelets(*(each[first] for each in found))
    averaged = average_classes(found, 20, 4, 3)
    wanted = naive_average(found, 20, 4, 3)
    assert len(averaged.frames) == len(wanted)
    for frame, box, label, score in zip(*averaged):
        key = (int(frame), tuple(box.ravel().tolist()), int(label))
        np.testing.assert_allclose(score, wanted[key], rtol=1e-5)


def test_none_and_one_class():
    empty = Tubelets(
        np.zeros(0, int), np.zeros((0, 1, 4)), np.zeros(0, int), np.zeros(0)
    )
    assert len(average_classes(empty, 5, 2, 4).frames) == 0
    alone = Tubelets(
        np.array([3]), np.array([BOX]), np.array([1]), np.array([0.5], np.float32)
    )
    assert scores_of(average_classes(alone, 5, 2, 10**30)) == scores_of(alone)


def test_evaluation_uses_the_window():
    found, truths = random_video(np.random.default_rng(1))
    wide = make_options(preset=dict(type='moc', class_window=2))
    plain = evaluate_video(found, truths, 24, 2, make_options())
    averaged = average_classes(found, 24, 2, 2)
    wanted = evaluate_video(averaged, truths, 24, 2, make_options())
    got = evaluate_video(found, truths, 24, 2, wide)
    for ours, theirs, other in zip(got.box_scores, wanted.box_scores, plain.box_scores):
        np.testing.assert_array_equal(ours, theirs)
        assert len(ours) != len(other)
