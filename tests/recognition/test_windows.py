"""Windows of videos and streams."""

import numpy as np
import pytest

from mmvkp.recognition.windows import check_window, cut_windows, stream_windows
from mmvkp.video import Frame


def spans(windows):
    return [(each.first, each.last) for each in windows]


def test_windows_of_a_constant_rate():
    times = np.arange(10) / 10
    assert spans(cut_windows(times, 10, 0.5)) == [(0, 5), (5, 10)]
    windows = cut_windows(times, 10, 0.4, 0.2)
    assert spans(windows) == [(0, 4), (2, 6), (4, 8), (6, 10)]
    assert [each.start for each in windows] == [0, 0.2, 0.4, 0.6]
    assert [each.end for each in windows] == [0.4, 0.6, 0.8, 1.0]
    # A stride longer than the window leaves gaps on purpose.
    assert spans(cut_windows(times, 10, 0.2, 0.4)) == [(0, 2), (4, 6), (8, 10)]


def test_the_last_window_ends_with_the_video():
    windows = cut_windows(np.arange(11) / 10, 10, 0.5)
    assert spans(windows) == [(0, 5), (5, 10), (6, 11)]
    assert (windows[-1].start, windows[-1].end) == (0.6, 1.1)


def test_short_videos_are_one_window():
    (window,) = cut_windows(np.arange(3) / 10, 10, 2.0, 0.5)
    assert window == (0.0, 0.3, 0, 3)
    assert cut_windows(np.zeros(1), 25, 1.0) == [(0.0, 0.04, 0, 1)]


def test_a_rate_that_is_not_an_integer():
    """Frame 30 of 30000/1001 frames per second is at 1.001 s."""
    fps = 30000 / 1001
    windows = cut_windows(np.arange(90) / fps, fps, 1.0)
    assert spans(windows)[:3] == [(0, 30), (30, 60), (60, 90)]


def test_a_variable_rate():
    """Windows follow the times; in a pause the last frame is visible."""
    times = np.array([0, 0.1, 0.2, 2.3, 2.4])
    assert spans(cut_windows(times, 10, 1.0)) == [(0, 3), (2, 3), (3, 5)]
    assert spans(cut_windows(times, 10, 0.5))[1:4] == [(2, 3), (2, 3), (2, 3)]


def test_wrong_lengths():
    with pytest.raises(ValueError, match='stride=0.01 is shorter than a frame; give'):
        cut_windows(np.arange(10) / 10, 10, 1.0, 0.01)
    for window, stride, error, message in (
        (None, 1.0, ValueError, 'stride=1.0 has no effect without a window'),
        (0, None, ValueError, 'window=0 must be above 0'),
        (1.0, -1.0, ValueError, 'stride=-1.0 is not a finite number'),
        (float('inf'), None, ValueError, 'window=inf is not a finite number'),
        ('2', None, TypeError, "window='2' is a str"),
    ):
        with pytest.raises(error, match=message):
            check_window(window, stride)
    check_window(None, None)
    check_window(2, 0.5)


def stream(*times):
    return [Frame(i, time, np.zeros((2, 2, 3))) for i, time in enumerate(times)]


def found(frames, window, stride=None):
    return [
        (start, end, [each.number for each in held])
        for start, end, held in stream_windows(frames, window, stride)
    ]


def test_windows_of_a_stream():
    frames = stream(0, 0.25, 0.5, 0.75, 1.0, 1.25)
    assert found(frames, 0.5) == [
        (0.0, 0.5, [0, 1]),
        (0.5, 1.0, [2, 3]),
        (1.0, 1.25, [4, 5]),
    ]
    assert found(frames, 0.75, 0.25) == [
        (0.0, 0.75, [0, 1, 2]),
        (0.25, 1.0, [1, 2, 3]),
        (0.5, 1.25, [2, 3, 4]),
        (0.75, 1.25, [3, 4, 5]),
    ]
    assert found(frames, 0.25, 0.5) == [
        (0, 0.25, [0]),
        (0.5, 0.75, [2]),
        (1, 1.25, [4]),
    ]


def test_a_gap_in_a_stream_and_a_short_one():
    frames = stream(0, 0.5, 5.0, 5.5)
    assert found(frames, 1.0) == [(0, 1, [0, 1]), (5, 5.5, [2, 3])]
    assert found(stream(0), 1.0) == [(0, 0, [0])]
    assert found([], 1.0) == []


def test_only_the_frames_of_a_window_are_kept():
    """An endless stream: results come before its end."""

    def endless():
        number = 0
        while True:
            yield Frame(number, number / 4, None)
            number += 1

    windows = stream_windows(endless(), 1.0, 0.5)
    for _ in range(100):
        *_, held = next(windows)
        assert len(held) == 4
