"""Ids of hand-made boxes."""

import numpy as np
import pytest

from mmvkp.tubes.online_linker import LONGEST_JUMP, OnlineLinker
from mmvkp.tubes.online_tubes import FrameDetections, LinkOptions, merge_pieces

EAGER = LinkOptions(min_length=1)


def found(*boxes, scores=None, classes=None, joints=None):
    """FrameDetections of 20 x 20 pixels at (x, y), or of a whole box."""
    rows = [(*box, box[0] + 19, box[1] + 19) if len(box) == 2 else box for box in boxes]
    count = len(rows)
    scores = np.float32([0.9] * count if scores is None else scores)
    if classes is None:
        classes = np.repeat(scores[:, None], 2, 1) * np.float32([1, 0.5])
    joint_scores = None
    if joints is not None:
        joints = np.float32(joints).reshape(count, -1, 2)
        joint_scores = np.ones(joints.shape[:2], np.float32)
    return FrameDetections(
        np.float32(rows).reshape(-1, 4),
        scores,
        np.float32(classes),
        joints,
        joint_scores,
    )


def ids_by_place(result):
    """Ids of the boxes from left to right."""
    return result.ids[np.argsort(result.boxes[:, 0])].tolist()


def test_two_actors_keep_their_ids():
    linker = OnlineLinker(EAGER)
    for t in range(1, 6):
        # The order in which they are given and their scores change.
        pair = [(10 + 3 * t, 10), (100 - 3 * t, 10)]
        scores = [0.9, 0.5 + 0.1 * t]
        order = slice(None, None, -1 if t % 2 else 1)
        result = linker.update(t, found(*pair[order], scores=scores[order]))
        # Ids are given by falling score when both begin.
        assert ids_by_place(result) == [1, 2]
    assert result.frame == 5


def test_a_crossing():
    """They walk through each other; in the middle only one box is left."""
    linker = OnlineLinker(EAGER)
    for t in range(1, 30):
        a, b = 10 + 5 * t, 160 - 5 * t
        # The one from the right is hidden while they overlap.
        boxes, scores = [(a, 10), (b, 12)], [0.8, 0.9]
        count = 2 if abs(a - b) > 12 else 1
        result = linker.update(t, found(*boxes[:count], scores=scores[:count]))
        seen = dict(zip(result.boxes[:, 1].tolist(), result.ids.tolist()))
        assert seen == ({10: 2, 12: 1} if count == 2 else {10: 2})
    assert linker.given == 2


def test_a_crossing_without_prediction_would_fail():
    """Both are hidden where they meet and come out on the other side."""
    linker = OnlineLinker(EAGER)
    for t in range(1, 30):
        a, b = 10 + 5 * t, 160 - 5 * t
        hidden = abs(a - b) < 22
        result = linker.update(
            t, found(*([] if hidden else [(a, 10), (b, 10)]), scores=None)
        )
        if not hidden:
            seen = dict(zip(result.boxes[:, 0].tolist(), result.ids.tolist()))
            assert (seen[a], seen[b]) == (1, 2)


def test_missed_frames_are_bridged_and_filled():
    linker = OnlineLinker(EAGER._replace(max_gap=3))
    for t in (1, 2, 3, 7):  # 3 frames are missed
        for empty in range(linker.newest + 1, t):
            assert not len(linker.update(empty, found()))
        result = linker.update(t, found((10 * t, 20), joints=[[10 * t, 5]]))
        assert result.ids.tolist() == [1] and not result.ended
    (tube,) = linker.finish()
    assert tube.frames.tolist() == [1, 2, 3, 4, 5, 6, 7]
    assert tube.boxes[:, 0].tolist() == [10, 20, 30, 40, 50, 60, 70]
    assert tube.boxes[:, 3].tolist() == [39] * 7
    assert tube.joints[:, 0, 0].tolist() == [10, 20, 30, 40, 50, 60, 70]
    assert tube.joint_scores.shape == (7, 1) and tube.finished


def test_a_gap_that_is_too_long_ends_a_tube_and_its_id():
    linker = OnlineLinker(EAGER._replace(max_gap=3))
    linker.update(1, found((10, 20)))
    ended = [linker.update(t, found()).ended for t in range(2, 7)]
    assert [len(each) for each in ended] == [0, 0, 0, 1, 0]
    assert ended[3][0].id == 1 and ended[3][0].frames.tolist() == [1]
    assert linker.update(7, found((10, 20))).ids.tolist() == [2]
    linker.finish()
    assert linker.update(1, found((10, 20))).ids.tolist() == [3]


def test_dropped_frames_count_as_time():
    """Speed is per frame of the camera, and so is the gap."""
    linker = OnlineLinker(EAGER._replace(max_gap=3))
    for t in (1, 2, 3):
        linker.update(t, found((10 * t, 20)))
    # 4 to 9 were dropped: 7 frames later it is 70 pixels further.
    assert linker.update(10, found((100, 20))).ids.tolist() == [1]
    # 11 to 19 were dropped, and it is gone.
    result = linker.update(20, found())
    assert [tube.id for tube in result.ended] == [1]
    assert result.ended[0].frames.tolist() == list(range(1, 11))
    assert result.ended[0].boxes[:, 0].tolist() == list(range(10, 101, 10))


def test_after_a_very_long_jump_nobody_is_known():
    linker = OnlineLinker(EAGER)
    linker.update(1, found((10, 20)))
    result = linker.update(2 + LONGEST_JUMP, found((10, 20)))
    assert result.ids.tolist() == [2]
    assert [tube.id for tube in result.ended] == [1]


def test_someone_who_stops_is_found_where_he_was_last():
    linker = OnlineLinker(EAGER)
    for t in range(1, 5):
        linker.update(t, found((30 * t, 20, 30 * t + 19, 39)))
    # Predicted at 150; no box there, but one where he was.
    ids = linker.update(5, found((120, 20))).ids.tolist()
    assert ids == [linker.tubes[-1].id]


def test_the_class_is_the_best_mean():
    linker = OnlineLinker(EAGER)
    rows = [[0.5, 0.4, 0.1], [0.1, 0.5, 0.1], [0.3, 0.6, 0.1]]
    results = [
        linker.update(t, found((10, 20), classes=[row]))
        for t, row in enumerate(rows, 1)
    ]
    assert [each.labels.tolist() for each in results] == [[0], [1], [1]]
    assert [each.scores.item() for each in results] == pytest.approx([0.5, 0.45, 0.5])
    (tube,) = linker.finish()
    assert (tube.label, tube.score) == (1, pytest.approx(0.5))
    assert tube.class_scores == pytest.approx([0.3, 0.5, 0.1])


def test_thresholds_of_beginning_and_extending():
    linker = OnlineLinker(EAGER._replace(start_score=0.5, keep_score=0.2))
    assert not len(linker.update(1, found((10, 20), scores=[0.49])))
    assert len(linker.update(2, found((10, 20), scores=[0.5])))
    assert len(linker.update(3, found((10, 20), scores=[0.2])))
    assert not len(linker.update(4, found((10, 20), scores=[0.19])))


def test_duplicates_are_left_out():
    linker = OnlineLinker(EAGER)
    # IoU 320 / 480 = 0.67.
    result = linker.update(1, found((10, 20), (14, 20), scores=[0.7, 0.8]))
    assert result.boxes[:, 0].tolist() == [14]
    # Two of IoU 200 / 600 = 0.33 both stay.
    result = linker.update(2, found((14, 20), (24, 20)))
    assert len(result) == 2


def test_short_tubes_get_no_id():
    linker = OnlineLinker(LinkOptions(min_length=3, max_gap=0))
    for t in (1, 2):
        assert not len(linker.update(t, found((10, 20))))
    assert not linker.update(3, found()).ended
    shown = [len(linker.update(t, found((10, 20)))) for t in (4, 5, 6)]
    assert shown == [0, 0, 1]
    (tube,) = linker.finish()
    assert (tube.id, tube.frames.tolist()) == (1, [4, 5, 6])


def test_memory_is_bounded_and_pieces_fit_together():
    linker = OnlineLinker(EAGER._replace(max_rows=10, max_gap=3))
    pieces, longest = [], 0
    for t in range(1, 301):
        boxes = [(10, 20 + t)]
        if t % 7 == 3:
            boxes = []  # missed
        boxes.append((100 + 50 * (t % 5), 300))  # someone new all the time
        pieces += linker.update(t, found(*boxes)).ended
        longest = max(longest, max(len(each.rows) for each in linker.tubes))
        assert len(linker.tubes) < 8
    assert longest <= 10
    pieces += linker.finish()
    assert not linker.tubes
    first = merge_pieces(pieces)[0]
    assert sum(tube.id == 1 and not tube.finished for tube in pieces) > 20
    assert first.finished and first.id == 1
    assert first.frames.tolist() == list(range(1, 301))
    assert first.boxes[:, 1].tolist() == [20 + t for t in range(1, 301)]
    ids = [tube.id for tube in pieces if tube.finished]
    assert len(ids) == len(set(ids)) == linker.given


def test_no_box_at_all():
    linker = OnlineLinker()
    result = linker.update(4, found(), timestamp=0.5, dropped=3)
    assert len(result) == 0 and result.boxes.shape == (0, 4)
    assert (result.frame, result.timestamp, result.dropped) == (4, 0.5, 3)


def test_frames_that_go_back():
    linker = OnlineLinker()
    linker.update(4, found())
    with pytest.raises(ValueError, match='frame 4 comes after frame 4'):
        linker.update(4, found())


def acting(rows, options, fps=10.0):
    """Results of one actor with these class scores, one row for each frame."""
    linker = OnlineLinker(options, fps)
    results = [
        linker.update(t, found((10 + t, 20), classes=[row]))
        for t, row in enumerate(rows, 1)
    ]
    ended = [tube for each in results for tube in each.ended]
    return results, merge_pieces(ended + linker.finish())


ACTIONS = LinkOptions(
    min_length=2, class_thresholds=(0.6, 0.3), end_ratio=0.5, end_after=0.3
)


def test_a_tube_starts_and_ends_by_the_score_of_its_class():
    """The actor is always there; class 1 acts in frames 4 to 9 and 15 to 18. One low
    frame, 7, does not end it: 3 frames of 0.1 seconds must be low."""
    high, low = [0.1, 0.4], [0.1, 0.1]
    rows = [low] * 3 + [high] * 3 + [low] + [high] * 2 + [low] * 5 + [high] * 4
    results, tubes = acting(rows, ACTIONS)
    # Shown from the second high frame, until the third low one.
    assert [each.frame for each in results if len(each)] == [
        *(5, 6, 7, 8, 9, 10, 11, 12),
        *(16, 17, 18),
    ]
    assert [(tube.id, tube.label) for tube in tubes] == [(1, 1), (1, 1)]
    assert [tube.frames.tolist() for tube in tubes] == [
        list(range(4, 10)),
        list(range(15, 19)),
    ]
    # The mean counts frames 4 to 9, and not the low ones after them.
    assert tubes[0].score == pytest.approx((5 * 0.4 + 0.1) / 6)
    # Hysteresis: half of the threshold is enough to go on.
    middle = [high] * 2 + [[0.1, 0.2]] * 8
    assert acting(middle, ACTIONS)[1][0].frames.tolist() == list(range(1, 11))
    assert not acting([[0.1, 0.2]] * 8, ACTIONS)[1]


def test_thresholds_of_classes():
    """Class 0 has the higher score but not its threshold."""
    results, tubes = acting([[0.5, 0.4]] * 4, ACTIONS)
    assert [each.labels.tolist() for each in results] == [[], [1], [1], [1]]
    assert tubes[0].score == pytest.approx(0.4)
    same = ACTIONS._replace(class_thresholds=0.3)
    assert acting([[0.5, 0.4]] * 4, same)[1][0].label == 0


def test_the_next_action_starts_a_tube_of_the_same_actor():
    rows = [[0.8, 0.0]] * 5 + [[0.0, 0.6]] * 8
    _, tubes = acting(rows, ACTIONS)
    assert [(each.id, each.label) for each in tubes] == [(1, 0), (1, 1)]
    assert tubes[0].frames.tolist() == [1, 2, 3, 4, 5]
    assert tubes[1].frames[-1] == 13


def test_pieces_of_actions():
    options = ACTIONS._replace(max_rows=4)
    rows = ([[0.1, 0.5]] * 11 + [[0.1, 0.0]] * 4) * 3
    _, tubes = acting(rows, options)
    assert [each.frames.tolist() for each in tubes] == [
        list(range(first, first + 11)) for first in (1, 16, 31)
    ]
    assert [each.boxes[:, 0].tolist() for each in tubes] == [
        [10 + t for t in range(first, first + 11)] for first in (1, 16, 31)
    ]


def test_without_thresholds_scores_do_not_end_a_tube():
    rows = [[0.4, 0.1]] * 3 + [[0.0, 0.0]] * 30
    _, tubes = acting(rows, EAGER)
    assert [len(each.frames) for each in tubes] == [33]


@pytest.mark.parametrize(
    'options, message',
    [
        (dict(class_thresholds=(0.5, 1.5)), r'class_thresholds has 1.5, outside'),
        (dict(class_thresholds=0), r'class_thresholds has 0, outside'),
        (dict(end_ratio=2), 'end_ratio=2 is outside'),
        (dict(occlusion=-1.0), 'occlusion=-1.0 is not a finite number'),
        (dict(end_after=float('nan')), 'end_after=nan is not a finite number'),
        (dict(appearance='face'), "appearance.*'face'"),
        (dict(motion='False'), 'motion'),
    ],
)
def test_cues_and_thresholds_that_do_not_fit(options, message):
    with pytest.raises((TypeError, ValueError), match=message):
        OnlineLinker(LinkOptions(**options))


def test_thresholds_for_another_number_of_classes():
    with pytest.raises(ValueError, match='3 values for 2 classes'):
        acting([[0.5, 0.4]], ACTIONS._replace(class_thresholds=(0.5, 0.5, 0.5)))
