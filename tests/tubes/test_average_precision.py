"""Average precision and matching: hand-made cases, and plain Python."""

import numpy as np
import pytest

from mmvkp.tubes.average_precision import (
    Boxes,
    average_precision,
    match,
    match_boxes,
    match_tubes,
    mean_over_classes,
)

from . import naive_tubes
from .tube_cases import still_tube


def test_area_by_hand():
    # Hit, miss, hit with two truths: points (1, 0), (1, 1/2), (1/2, 1/2),
    # (2/3, 1) as (precision, recall).
    scores, matched = [0.9, 0.8, 0.7], [True, False, True]
    act = 0.5 * (1 + 1) / 2 + 0.5 * (1 / 2 + 2 / 3) / 2
    assert average_precision(scores, matched, 2) == pytest.approx(100 * act)
    voc = 0.5 * 1 + 0.5 * 2 / 3
    assert average_precision(scores, matched, 2, 'voc') == pytest.approx(100 * voc)


def test_first_one_wrong():
    # Points (1, 0), (0, 0), (1/2, 1).
    assert average_precision([0.9, 0.8], [False, True], 1) == pytest.approx(100 * 0.25)
    assert average_precision([0.9, 0.8], [False, True], 1, 'voc') == pytest.approx(
        100 * 0.5
    )


def test_what_comes_after_the_last_hit_changes_nothing():
    for protocol in ('act', 'voc'):
        short = average_precision([3, 2], [False, True], 3, protocol)
        assert (
            average_precision([3, 2, 1, 0], [False, True, False, False], 3, protocol)
            == short
        )


@pytest.mark.parametrize('protocol', ['act', 'voc'])
def test_all_right_none_right_no_truth(protocol):
    assert average_precision([1, 2, 2], [True] * 3, 3, protocol) == 100
    assert average_precision([1, 2], [False] * 2, 3, protocol) == 0
    assert average_precision([], [], 3, protocol) == 0
    assert np.isnan(average_precision([1.0], [False], 0, protocol))


@pytest.mark.parametrize('protocol', ['act', 'voc'])
def test_order_of_equal_scores_does_not_matter(protocol):
    rng = np.random.default_rng(0)
    scores, matched = rng.integers(0, 4, 60) / 4, rng.uniform(size=60) < 0.5
    expected = naive_tubes.average_precision(
        list(zip(scores.tolist(), matched.tolist())), 40, protocol
    )
    for _ in range(20):
        shuffle = rng.permutation(60)
        assert average_precision(
            scores[shuffle], matched[shuffle], 40, protocol
        ) == pytest.approx(expected)


def test_equal_scores_match_by_overlap():
    """The better of two boxes with one score takes the truth, in any order."""
    box, shifted = [10, 20, 49, 79], [12, 20, 51, 79]
    truths = Boxes(np.array([1]), np.array([box]), np.array([0]))
    for rows in ([0, 1], [1, 0]):
        found = Boxes(
            np.array([1, 1]), np.array([box, shifted])[rows], np.array([0, 0])
        )
        matched = match_boxes(found, np.array([0.5, 0.5]), truths, [0.9, 0.5])
        assert matched[:, rows].tolist() == [[True, False]] * 2
        tubes = [still_tube(1, 9, box), still_tube(1, 9, shifted)]
        matched = match_tubes(
            [tubes[row] for row in rows], [0.5, 0.5], [tubes[0]], [0.9, 0.5]
        )
        assert matched[:, rows].tolist() == [[True, False]] * 2
    # The score comes first.
    matched = match_tubes(tubes, [0.5, 0.6], [tubes[0]], [0.5])
    assert matched.tolist() == [[False, True]]


@pytest.mark.parametrize('protocol', ['act', 'voc'])
def test_as_plain_python_has_it(protocol):
    rng = np.random.default_rng(1)
    for _ in range(20):
        count = rng.integers(1, 60)
        scores, matched = rng.uniform(size=count), rng.uniform(size=count) < 0.4
        found = list(zip(scores.tolist(), matched.tolist()))
        assert average_precision(scores, matched, 70, protocol) == pytest.approx(
            naive_tubes.average_precision(found, 70, protocol)
        )


def test_unknown_protocol():
    with pytest.raises(
        ValueError,
        match=r"protocol='coco' is not known; "
        r"choose one of \['act', 'voc'\]",
    ):
        average_precision([1], [True], 1, 'coco')


def test_a_taken_truth():
    # Both detections overlap the first truth best; the second one overlaps
    # the other truth enough: only ACT lets it have that.
    overlaps = np.array([[0.9, 0.6], [0.8, 0.7]])[..., None]
    assert match(overlaps, [0.5])[0, :, 0].tolist() == [True, True]
    assert match(overlaps, [0.5], 'voc')[0, :, 0].tolist() == [True, False]
    assert match(overlaps, [0.75])[0, :, 0].tolist() == [True, False]
    # A threshold counts from its own value on.
    assert match(overlaps, [0.9, 0.91])[:, 0, 0].tolist() == [True, False]


def test_boxes_match_in_their_frame_and_class_only():
    box = [10, 20, 49, 79]
    half = [30, 20, 69, 79]
    truths = Boxes(np.array([1, 2, 2]), np.array([box, box, half]), np.array([0, 0, 1]))
    found = Boxes(
        np.array([1, 1, 2, 2, 3]),
        np.array([box, box, half, half, box]),
        np.array([0, 0, 0, 1, 0]),
    )
    scores = np.array([0.5, 0.6, 0.7, 0.8, 0.9])
    matched = match_boxes(found, scores, truths, [0.33, 0.34])
    # Half a box to the side is an IoU of 1/3.
    assert matched.tolist() == [
        [False, True, True, True, False],
        [False, True, False, True, False],
    ]


def test_boxes_without_partners():
    none = Boxes(np.zeros(0, int), np.zeros((0, 4)), np.zeros(0, int))
    one = Boxes(np.array([1]), np.array([[0, 0, 9, 9]]), np.array([0]))
    assert match_boxes(none, np.zeros(0), one, [0.5]).shape == (1, 0)
    assert match_boxes(one, np.ones(1), none, [0.5]).tolist() == [[False]]


@pytest.mark.parametrize('protocol', ['act', 'voc'])
def test_many_boxes_as_plain_python_has_it(protocol):
    rng = np.random.default_rng(3)

    def make(count):
        corner = rng.uniform(0, 25, (count, 2))
        return Boxes(
            rng.integers(1, 6, count),
            np.concatenate(
                [corner, corner + rng.uniform(15, 30, (count, 2))], 1
            ).astype(np.float32),
            rng.integers(0, 3, count),
        )

    found, truths = make(80), make(25)
    scores = rng.permutation(80) / 80
    matched = match_boxes(found, scores, truths, [0.3, 0.5], protocol)
    assert 5 < matched[1].sum() < matched[0].sum()
    for frame in range(1, 6):
        for label in range(3):
            rows = np.flatnonzero((found.frames == frame) & (found.labels == label))
            rows = rows[np.argsort(-scores[rows])]
            here = (truths.frames == frame) & (truths.labels == label)
            for number, threshold in enumerate([0.3, 0.5]):
                assert matched[number, rows].tolist() == naive_tubes.match(
                    found.boxes[rows].tolist(),
                    truths.boxes[here].tolist(),
                    naive_tubes.box_iou,
                    threshold,
                    protocol,
                )


def test_tubes_one_frame_short():
    tubes = [still_tube(1, 9), still_tube(1, 10)]
    truths = [still_tube(1, 10)]
    matched = match_tubes(tubes, [0.9, 0.8], truths, [0.9, 0.95])
    assert matched.tolist() == [[True, False], [False, True]]
    assert match_tubes([], [], truths, [0.5]).shape == (1, 0)
    assert match_tubes(tubes, [1, 2], [], [0.5]).tolist() == [[False, False]]


def test_classes_without_truth():
    values, predicted = [80.0, float('nan'), float('nan')], [True, True, False]
    mean, each = mean_over_classes(values, predicted)
    assert mean == 80 and np.isnan(each[1:]).all()
    mean, each = mean_over_classes(values, predicted, 'zero')
    assert mean == 40 and each[:2] == [80, 0] and np.isnan(each[2])
    assert mean_over_classes([float('nan')], [False])[0] == 0
    with pytest.raises(ValueError, match="empty_classes='one'"):
        mean_over_classes(values, predicted, 'one')
