"""Viterbi linking: hand-made cases, results of YOWO, and plain Python."""

import numpy as np
import pytest

from mmvkp.tubes.suppression import suppress_tubes
from mmvkp.tubes.viterbi import ViterbiOptions, link_viterbi

from . import naive_tubes
from .tube_cases import boxes_of, load_case, random_video, still_tube, to_naive


def link(detections, num_frames, label=0, **options):
    part = detections.labels == label
    return link_viterbi(
        detections.frames[part],
        detections.boxes[part],
        detections.scores[part],
        num_frames,
        ViterbiOptions(**options),
    )


@pytest.mark.parametrize('name', ['trimmed_k1', 'untrimmed_multi_k1'])
def test_tubes_of_yowo(name):
    inputs, expected, found, _ = load_case(name)
    seen = 0
    for label, title in enumerate(inputs['labels']):
        for video, detections in found.items():
            tubes = link(detections, inputs['nframes'][video], label)
            kept = suppress_tubes(
                [tube.rows for tube in tubes], [tube.score for tube in tubes]
            )
            wanted = expected['yowo_viterbi']['tubes'][title].get(video, [])
            assert len(kept) == len(wanted)
            for rows in map(np.array, wanted):
                assert any(
                    tubes[place].rows.shape == rows.shape
                    and np.abs(tubes[place].rows - rows).max() < 1e-3
                    for place in kept
                )
            seen += len(wanted)
    assert seen > 10


@pytest.mark.parametrize(
    'options', [{}, dict(psi=True), dict(product_weight=0, iou_weight=3)], ids=str
)
def test_as_plain_python_has_it(options):
    rng = np.random.default_rng(0)
    for levels in (None, 3):
        detections, truths = random_video(rng, levels=levels)
        naive, _ = to_naive(detections, truths)
        label = int(np.bincount(detections.labels).argmax())
        tubes = link(detections, 24, label, **options)
        expected = naive_tubes.best_paths(
            [d for d in naive if d[1] == label], 24, ViterbiOptions(**options)
        )
        assert len(tubes) == len(expected) > 0
        for tube, (score, boxes) in zip(tubes, expected):
            assert tube.score == pytest.approx(score, abs=1e-5)
            np.testing.assert_allclose(
                tube.rows[:, 1:5], [boxes[f] for f in range(1, 25)], atol=1e-4
            )


def test_links_without_overlap():
    """The path goes to a far box of score 0.9 unless that link is worth
    nothing."""
    near, far = (0, 0, 9, 9), (100, 0, 109, 9)
    detections = boxes_of(
        (still_tube(1, 1, near), 0, 0.5),
        (still_tube(2, 2, (4, 0, 13, 9)), 0, 0.2),
        (still_tube(2, 2, far), 0, 0.9),
    )
    # Near: 0.5 + 0.2 + 0.05 + 5/13 = 1.13; far: 0.5 + 0.9 + 0.225 = 1.63.
    (tube,) = link(detections, 2)
    assert tube.rows[1, 1] == 100 and tube.score == pytest.approx(0.7)
    (tube,) = link(detections, 2, psi=True)
    assert tube.rows[1, 1] == 4
    # With twice the weight of the overlap: 0.75 + 10/13 = 1.52 < 1.63; with
    # three times 1.90 > 1.63. The ends are exclusive: 5 x 9 of 13 x 9.
    (tube,) = link(detections, 2, iou_weight=2)
    assert tube.rows[1, 1] == 100
    (tube,) = link(detections, 2, iou_weight=3)
    assert tube.rows[1, 1] == 4


def test_empty_frames_borrow_the_nearest():
    detections = boxes_of(
        (still_tube(2, 2), 0, 0.4), (still_tube(5, 5, (12, 20, 51, 79)), 0, 0.8)
    )
    (tube,) = link(detections, 6)
    assert tube.rows[:, 1].tolist() == [10, 10, 10, 12, 12, 12]
    (tube,) = link(detections, 7)
    assert tube.rows[:, 1].tolist() == [10, 10, 10, 12, 12, 12, 12]
    # Frame 4 lies between 2 and 6: the earlier one.
    detections = boxes_of(
        (still_tube(2, 2), 0, 0.4), (still_tube(6, 6, (12, 20, 51, 79)), 0, 0.8)
    )
    (tube,) = link(detections, 6)
    assert tube.rows[:, 1].tolist() == [10, 10, 10, 10, 12, 12]


def test_number_of_tubes():
    boxes = [(100 * i, 0, 100 * i + 9, 9) for i in range(5)]
    detections = boxes_of(
        *((still_tube(1, 4, box), 0, 0.9 - 0.1 * i) for i, box in enumerate(boxes))
    )
    assert [t.rows[0, 1] for t in link(detections, 4)] == [0, 100, 200]
    assert len(link(detections, 4, max_tubes=5)) == 5
    assert len(link(detections, 4, max_tubes=9)) == 5
    assert len(link(detections, 4, max_tubes=5, min_score=0.65)) == 3


def test_trimming():
    """Low scores at both ends go, one in the middle stays."""
    scores = [0.1, 0.2, 0.9, 0.3, 0.9, 0.8, 0.1, 0.1]
    detections = boxes_of(
        *((still_tube(frame, frame), 0, score) for frame, score in enumerate(scores, 1))
    )
    (tube,) = link(detections, 8, trim_threshold=0.4)
    assert tube.rows[:, 0].tolist() == [3, 4, 5, 6]
    assert tube.score == pytest.approx((0.9 + 0.3 + 0.9 + 0.8) / 4)
    # 0.15 before the gap of -0.45 is no reason to keep it.
    (tube,) = link(detections, 8, trim_threshold=0.75)
    assert tube.rows[:, 0].tolist() == [5, 6]
    (tube,) = link(detections, 8, trim_threshold=2)
    assert tube.rows[:, 0].tolist() == [3]
    assert not link(detections, 8, trim_threshold=0.75, min_length=3)


def test_nothing_and_tubelets():
    assert link(boxes_of(), 5) == []
    with pytest.raises(ValueError, match='Tubelets of 3'):
        link_viterbi(np.ones(1), np.ones((1, 3, 4)), np.ones(1), 5)
    # A single frame.
    (tube,) = link(boxes_of((still_tube(1, 1), 0, 0.5)), 1)
    assert tube.rows.shape == (1, 6)
