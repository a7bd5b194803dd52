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
