"""One actor of a stream: position, score, appearance and tubes, by hand."""

import numpy as np
import pytest

from mmvkp.tubes.online_track import ActionRule, Row, Track

PLAIN = ActionRule(min_length=1)
# Class 1 starts at 0.3, goes on from 0.15, and ends after three low frames.
ACTS = ActionRule(1, np.array([0.6, 0.3]), end_ratio=0.5, end_frames=3)
HIGH, MIDDLE, LOW = [0.1, 0.4], [0.1, 0.2], [0.1, 0.1]


def row(frame, x=0.0, joint=None):
    """A box of 20 x 20 pixels, and a joint at (joint, 0)."""
    box = np.float32([x, 10, x + 19, 29])
    if joint is None:
        return Row(frame, box, None, None)
    return Row(frame, box, np.float32([[joint, 0]]), np.float32([joint / 100]))


def track_of(rule, *scores, first=1):
    """A track with one detection per frame; x is ten times the frame."""
    track = Track(rule)
    for frame, each in enumerate(scores, first):
        track.extend(row(frame, 10.0 * frame), np.float32(each))
    return track


def test_a_track_without_detection():
    with pytest.raises(ValueError, match=r'Track: extend\(\) was not called'):
        Track(PLAIN).newest


def test_the_box_is_extrapolated_at_constant_speed():
    track = Track(PLAIN)
    track.extend(row(1, 10.0), np.float32([0.5]))
    assert track.predict(9).tolist() == [10, 10, 29, 29]
    track.extend(row(3, 16.0), np.float32([0.5]))
    assert track.predict(7).tolist() == [28, 10, 47, 29]


def test_the_speed_is_that_of_the_last_five_detections():
    track = Track(PLAIN)
    for frame, x in enumerate((0, 100, 102, 104, 106, 108), 1):
        track.extend(row(frame, float(x)), np.float32([0.5]))
    assert track.predict(7)[0] == 110


def test_the_class_is_the_best_mean():
    track = track_of(PLAIN, [0.5, 0.4], [0.1, 0.5], [0.3, 0.3])
    assert track.means() == pytest.approx([0.3, 0.4])
    assert track.label() == 1
    tube = track.end()
    assert (tube.label, tube.score) == (1, pytest.approx(0.4))
    assert tube.class_scores.dtype == np.float32


def test_a_tube_is_shown_from_its_least_length_on():
    track, shown = Track(ActionRule(min_length=3)), []
    for frame in range(1, 5):
        track.extend(row(frame), np.float32([0.5]))
        shown.append(track.acting)
    assert shown == [False, False, True, True]


def test_no_tube_starts_below_the_thresholds():
    track = track_of(ACTS, MIDDLE, LOW)
    assert not track.rows and not track.acting and track.newest.frame == 2
    track.extend(row(3), np.float32(HIGH))
    assert track.acting and [each.frame for each in track.rows] == [3]


def test_a_tube_ends_at_its_last_high_score():
    """Half of the threshold is high enough."""
    track = track_of(ACTS, HIGH, MIDDLE, LOW, LOW)
    assert track.low_since == 3
    assert [track.is_over(frame) for frame in (4, 5, 6)] == [False, False, True]
    track.id = 7
    tube = track.end()
    assert (tube.id, tube.label, tube.frames.tolist()) == (7, 1, [1, 2])
    assert tube.score == pytest.approx(0.3) and tube.finished
    # The actor keeps its id and has no tube.
    assert (track.id, track.rows, track.acting) == (7, [], False)
    assert not track.is_over(99)


def test_a_high_score_ends_a_low_part():
    track = track_of(ACTS, HIGH, LOW, LOW, HIGH)
    assert track.low_since is None and not track.is_over(99)
    assert track.end().frames.tolist() == [1, 2, 3, 4]


def test_labels_are_relative_to_the_thresholds():
    """0.5 of 0.6 is less than 0.4 of 0.3."""
    track = track_of(ACTS, [0.5, 0.4])
    assert track.label() == 1 and track.end().score == pytest.approx(0.4)


def test_missed_frames_are_interpolated():
    track = Track(PLAIN)
    for frame in (2, 4):
        track.extend(row(frame, 10.0 * frame, 5 * frame), np.float32([0.5]))
    tube = track.end()
    assert tube.frames.tolist() == [2, 3, 4]
    assert tube.boxes[:, 0].tolist() == [20, 30, 40]
    assert tube.joints[:, 0].tolist() == [[10, 0], [15, 0], [20, 0]]
    assert tube.joint_scores[:, 0] == pytest.approx([0.1, 0.15, 0.2])
    assert tube.boxes.dtype == tube.joints.dtype == np.float32


def test_pieces_have_each_frame_once():
    track = track_of(PLAIN, [0.2], [0.4])
    track.extend(row(5, 50.0), np.float32([0.6]))
    first = track.cut(False)
    assert first.frames.tolist() == [1, 2, 3, 4] and not first.finished
    assert first.boxes[:, 0].tolist() == [10, 20, 30, 40]
    assert first.joints is None
    track.extend(row(6, 60.0), np.float32([0.8]))
    second = track.end()
    assert second.frames.tolist() == [5, 6] and second.finished
    # The score counts all detections, also those of the first piece.
    assert (first.score, second.score) == (pytest.approx(0.4), pytest.approx(0.5))


def test_the_appearance_changes_slowly():
    track = track_of(PLAIN, [0.5])
    track.update_cues(25.0, False, np.array([3.0, 0.0]))
    assert track.feature.tolist() == [1, 0] and track.motion is None
    track.update_cues(25.0, False, np.array([0.0, 1.0]))
    assert track.feature == pytest.approx(np.array([0.9, 0.1]) / np.sqrt(0.82))
    before = track.feature
    track.update_cues(25.0, False, None)
    assert track.feature is before


def test_the_motion_is_in_seconds():
    """Two frames at two frames per second are one second, in which the box moves by 20
    pixels; see test_motion.py for the gain."""
    track = Track(PLAIN)
    for frame in (1, 3):
        track.extend(row(frame, 10.0 * frame), np.float32([0.5]))
        track.update_cues(2.0, True, None)
    innovation = 0.01 + 2.25 + 4 / 3 + 0.01
    assert track.motion.velocity == pytest.approx([20 * 4.25 / innovation, 0])
    assert track.moved == 3 and track.feature is None
