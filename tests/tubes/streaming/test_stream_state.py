"""Delays, and frames of one stream that wait for the end of their clip."""

import numpy as np
import pytest

from mmvkp.tubes.online_linker import OnlineLinker
from mmvkp.tubes.online_tubes import FrameDetections
from mmvkp.tubes.streaming.row_ring import RowRing
from mmvkp.tubes.streaming.stream_state import (
    ClipShape,
    StreamState,
    Waiting,
    check_finite,
    frames_of_delay,
)
from mmvkp.video import Frame

from .one_actor import EAGER, frames_of, grey


def fill(state, *numbers):
    """Frames whose map is their number."""
    for number in numbers:
        frame = Frame(number, number / 25, grey(10))
        state.check(frame)
        feature = np.full((1, 1, 1), number, np.float32)
        state.add(feature, Waiting(frame, 0, None, (40, 120)), f'rows of {number}')


@pytest.mark.parametrize(
    'delay, interval, frames', [(0, 2, 0), (14, 2, 14), ('centered', 3, 21)]
)
def test_number_of_frames(delay, interval, frames):
    """Of 16 frames 7 come after position 8."""
    assert frames_of_delay(delay, ClipShape(16, interval)) == frames


@pytest.mark.parametrize('delay', [-1, 16, 3, 'middle', 1.5])
def test_delays_that_do_not_fit(delay):
    with pytest.raises((ValueError, TypeError), match='delay='):
        frames_of_delay(delay, ClipShape(8, 2))


def test_the_clip_of_a_frame_that_waited():
    """Clips of three frames, two apart; a delay of 2 puts the frame in the middle."""
    state = StreamState(ClipShape(3, 2), OnlineLinker(EAGER), delay=2)
    assert state.take() is None and state.take(flush=True) is None
    fill(state, 1, 2)
    assert state.take() is None
    fill(state, 3)
    first = state.take()
    assert first.frame.number == 1 and state.take() is None
    # Frame -1 is replaced by the first one.
    assert state.clip(first).ravel().tolist() == [1, 1, 3]
    fill(state, 4, 5)
    assert [state.take().frame.number for _ in range(2)] == [2, 3]
    # No further frame arrives: frames 6 and 7 are replaced by the last one.
    fourth, fifth = state.take(flush=True), state.take(flush=True)
    assert state.clip(fourth).ravel().tolist() == [2, 4, 5]
    assert state.clip(fifth).ravel().tolist() == [3, 5, 5]
    assert not state.waiting


def test_reset_forgets_frames_and_rows():
    state = StreamState(ClipShape(2, 1), OnlineLinker(EAGER), 0, RowRing(3))
    fill(state, 4, 6)
    assert state.bank_ring.present() == ([0, 2], ['rows of 4', 'rows of 6'])
    state.reset()
    assert (len(state.ring), len(state.waiting), state.number) == (0, 0, 0)
    with pytest.raises(ValueError, match='no frame is stored'):
        state.bank_ring.present()
    state.check(Frame(1, 0.0, grey(10, 30, 50)))  # another number and another size


def test_the_result_has_the_time_of_its_frame():
    state = StreamState(ClipShape(2, 1), OnlineLinker(EAGER))
    (frame,) = frames_of(10)
    found = FrameDetections(
        np.float32([[10, 10, 29, 29]]), np.float32([0.9]), np.float32([[0.2, 0.7]])
    )
    tubes = state.link(Waiting(frame._replace(timestamp=3.5), 4, None, (1, 1)), found)
    assert (tubes.frame, tubes.timestamp, tubes.dropped) == (1, 3.5, 4)
    assert (tubes.ids.tolist(), tubes.labels.tolist()) == ([1], [1])


@pytest.mark.parametrize(
    'image, message',
    [
        (np.zeros((64, 64), np.uint8), r'a frame is uint8 \(64, 64\)'),
        (np.zeros((64, 64, 4), np.uint8), r'a frame is uint8 \(64, 64, 4\)'),
        (np.zeros((64, 64, 3)), r'a frame is float64'),
        (np.zeros((0, 64, 3), np.uint8), r'a frame is uint8 \(0, 64, 3\)'),
        (None, 'a frame is NoneType'),
    ],
)
def test_values_that_are_no_image(image, message):
    state = StreamState(ClipShape(2, 1), OnlineLinker(EAGER))
    with pytest.raises(ValueError, match=message):
        state.check(Frame(1, 0.0, image))


def test_frames_of_another_size_or_order():
    state = StreamState(ClipShape(2, 1), OnlineLinker(EAGER))
    fill(state, 3)
    with pytest.raises(ValueError, match='frame 3 comes after 3; numbers must ascend'):
        state.check(Frame(3, 0.0, grey(10)))
    with pytest.raises(
        ValueError, match='frame 4 has 50 x 30 pixels, those before 120 x 40.*finish'
    ):
        state.check(Frame(4, 0.0, grey(10, 30, 50)))


@pytest.mark.parametrize('name', ['boxes', 'scores', 'class_scores'])
@pytest.mark.parametrize('value', [np.nan, np.inf])
def test_detections_that_are_not_finite(name, value):
    """NaN scores are below every threshold: the frame would look empty."""
    found = FrameDetections(
        np.zeros((2, 4), np.float32), np.ones(2, np.float32), np.ones((2, 3))
    )
    assert check_finite(found, 5) is found
    getattr(found, name)[1] = value
    with pytest.raises(ValueError, match='detections in frame 5 are not finite'):
        check_finite(found, 5)
