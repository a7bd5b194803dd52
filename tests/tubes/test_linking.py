"""Greedy linking: hand-made cases, results of MOC, and plain Python."""

import numpy as np
import pytest

from mmvkp.tubes.linking import PRESETS, GreedyOptions, link_greedy
from mmvkp.tubes.suppression import suppress_tubes

from . import naive_tubes
from .tube_cases import NAMES, boxes_of, load_case, random_video, still_tube, to_naive

SHORT = GreedyOptions(min_length=1)


def link(detections, num_frames, options=SHORT, label=0):
    part = detections.labels == label
    return link_greedy(
        detections.frames[part],
        detections.boxes[part],
        detections.scores[part],
        num_frames,
        options,
    )


@pytest.mark.parametrize('name', NAMES)
def test_tubes_of_moc(name):
    """Number, boxes, scores and suppression of every tube."""
    inputs, expected, found, _ = load_case(name)
    seen = 0
    for video, detections in found.items():
        for label, title in enumerate(inputs['labels']):
            tubes = link(detections, inputs['nframes'][video], PRESETS['moc'], label)
            wanted = expected['moc']['tubes'][video][title]
            assert len(tubes) == len(wanted)
            for tube in wanted:
                rows = np.array(tube['tube'])
                assert any(
                    abs(own.score - tube['score']) < 1e-3
                    and own.rows.shape == rows.shape
                    and np.abs(own.rows - rows).max() < 1e-3
                    for own in tubes
                )
            kept = suppress_tubes(
                [tube.rows for tube in tubes], [tube.score for tube in tubes]
            )
            np.testing.assert_allclose(
                [tubes[place].score for place in kept],
                [
                    wanted[place]['score']
                    for place in expected['moc']['nms3dt_keep'][video][title]
                ],
                atol=1e-3,
            )
            seen += len(wanted)
    assert seen > 5


@pytest.mark.parametrize(
    'options',
    [
        PRESETS['moc'],
        PRESETS['act'],
        SHORT._replace(iou_threshold=0.2, max_gap=2),
        SHORT._replace(max_candidates=2, finish_offset=2, min_score=0.3),
    ],
    ids=['moc', 'act', 'gap', 'few'],
)
@pytest.mark.parametrize('length, levels', [(1, None), (1, 5), (4, None), (6, 5)])
def test_as_plain_python_has_it(options, length, levels):
    rng = np.random.default_rng(length)
    seen = 0
    for _ in range(8):
        detections, truths = random_video(rng, length, levels=levels)
        naive, _ = to_naive(detections, truths)
        for label in range(2):
            tubes = link(detections, 24, options, label)
            expected = naive_tubes.link(
                [d for d in naive if d[1] == label], 24, options
            )
            assert len(tubes) == len(expected)
            seen += len(tubes)
            for score, boxes in expected:
                assert any(
                    abs(tube.score - score) < 1e-5
                    and tube.rows[:, 0].tolist() == sorted(boxes)
                    and np.abs(
                        tube.rows[:, 1:5] - [boxes[f] for f in sorted(boxes)]
                    ).max()
                    < 1e-3
                    for tube in tubes
                )
    assert seen > 2


def test_a_tube_by_hand():
    detections = boxes_of((still_tube(3, 20), 0, 0.5))
    (tube,) = link(detections, 30, PRESETS['moc'])
    np.testing.assert_array_equal(tube.rows[:, :5], still_tube(3, 20))
    assert tube.score == 0.5 and (tube.rows[:, 5] == 0.5).all()
    # MOC keeps tubes of 15 frames and more.
    assert len(link(boxes_of((still_tube(3, 17), 0, 0.5)), 30, PRESETS['moc'])) == 1
    assert not link(boxes_of((still_tube(3, 16), 0, 0.5)), 30, PRESETS['moc'])
    # And of a mean score of 0.005.
    assert not link(boxes_of((still_tube(3, 20), 0, 0.004)), 30, PRESETS['moc'])


def test_tubelets_are_averaged():
    # Frames 1 to 3 and 2 to 4; the second one is two pixels to the right.
    boxes = np.array([[[0, 0, 9, 9]] * 3, [[2, 0, 11, 9]] * 3])
    (tube,) = link_greedy(np.array([1, 2]), boxes, np.array([0.4, 0.8]), 9, SHORT)
    np.testing.assert_allclose(
        tube.rows,
        [
            [1, 0, 0, 9, 9, 0.4],
            [2, 1, 0, 10, 9, 0.6],
            [3, 1, 0, 10, 9, 0.6],
            [4, 2, 0, 11, 9, 0.8],
        ],
    )
    assert tube.score == pytest.approx(0.6)


def test_a_missed_frame():
    parts = boxes_of(
        (still_tube(1, 4), 0, 0.5), (still_tube(7, 9, (12, 20, 51, 79)), 0, 0.8)
    )
    assert [len(tube.rows) for tube in link(parts, 9)] == [4, 3]
    assert len(link(parts, 9, SHORT._replace(max_gap=1))) == 2
    (tube,) = link(parts, 9, SHORT._replace(max_gap=2))
    np.testing.assert_allclose(
        tube.rows[:, 1], [10] * 4 + [10 + 2 / 3, 10 + 4 / 3] + [12] * 3, rtol=1e-6
    )
    np.testing.assert_allclose(tube.rows[4:6, 5], [0.6, 0.7])
    # Interpolated frames have no part in the score.
    assert tube.score == pytest.approx((4 * 0.5 + 3 * 0.8) / 7)


def test_trimming():
    """Frames 2 to 5 remain; the weak frame 3 is inside."""
    boxes = np.tile(np.array([0, 0, 9, 9]), (7, 1, 1))
    scores = np.array([0.1, 0.5, 0.2, 0.5, 0.4, 0.2, 0.1])
    frames = np.arange(1, 8)
    options = SHORT._replace(trim_threshold=0.3)
    (tube,) = link_greedy(frames, boxes, scores, 7, options)
    assert tube.rows[:, 0].tolist() == [2, 3, 4, 5]
    assert tube.score == pytest.approx(0.4)
    # The length counts after trimming.
    assert not link_greedy(frames, boxes, scores, 7, options._replace(min_length=5))
    (tube,) = link_greedy(frames, boxes, scores, 7, SHORT)
    assert len(tube.rows) == 7 and tube.score == pytest.approx(2 / 7)


def test_the_better_tube_chooses_first():
    # One box in frame 2 fits both tubes.
    detections = boxes_of(
        (still_tube(1, 2), 0, 0.6), (still_tube(1, 1, (14, 20, 53, 79)), 0, 0.7)
    )
    tubes = link(detections, 2, SHORT._replace(nms_threshold=1))
    assert sorted(len(tube.rows) for tube in tubes) == [1, 2]
    (long,) = [tube for tube in tubes if len(tube.rows) == 2]
    assert long.rows[:, 1].tolist() == [14, 10]


def test_tubes_end_with_the_video():
    boxes = np.tile(np.array([0, 0, 9, 9]), (1, 8, 1))
    (tube,) = link_greedy(np.array([1]), boxes, np.array([0.5]), 5, SHORT)
    assert tube.rows[:, 0].tolist() == [1, 2, 3, 4, 5]
    assert not link_greedy(np.array([1]), boxes, np.array([0.5]), 5, PRESETS['moc'])


def test_order_of_equal_scores_does_not_matter():
    rng = np.random.default_rng(5)
    detections, _ = random_video(rng, levels=1)
    shuffle = rng.permutation(len(detections.scores))
    other = type(detections)(*(array[shuffle] for array in detections))
    first, second = link(detections, 24), link(other, 24)
    assert len(first) == len(second) > 1
    for one, two in zip(first, second):
        np.testing.assert_array_equal(one.rows, two.rows)


def test_nothing_and_bad_options():
    nothing = boxes_of()
    assert link(nothing, 5) == []
    with pytest.raises(ValueError, match=r'max_candidates=0 is outside'):
        link(nothing, 5, SHORT._replace(max_candidates=0))
    with pytest.raises(ValueError, match=r'max_candidates=61 is outside'):
        link(nothing, 5, SHORT._replace(max_candidates=61))


def test_sixty_candidates():
    boxes = np.array([[[100 * i, 0, 100 * i + 9, 9]] for i in range(60)] * 2)
    frames = np.repeat([1, 2], 60)
    tubes = link_greedy(
        frames, boxes, np.full(120, 0.5), 2, SHORT._replace(max_candidates=60)
    )
    assert [len(tube.rows) for tube in tubes] == [2] * 60
