"""Frames of several sources at the same time."""

import threading

import cv2
import numpy as np
import pytest

from mmvkp.video import Frame, open_source
from mmvkp.video.readers import Arrival, Ended, SourceReaders


class Listed:
    """A source of frames that may wait or fail."""

    dropped = 0
    name, count = 'listed', None

    def __init__(self, count, fps=20.0, gate=None, error=None):
        self.total, self.fps, self.gate, self.error = count, fps, gate, error
        self.closed = self.stopped = False

    def __iter__(self):
        for number in range(1, self.total + 1):
            if self.gate is not None:
                self.gate.wait(5)
            if self.stopped:
                return
            yield Frame(number, number / self.fps, np.zeros((2, 2, 3), np.uint8))
        if self.error is not None:
            raise self.error

    def stop(self):
        self.stopped = True

    def close(self):
        self.closed = True


def collect(readers):
    """Frame numbers, and the end, of each source."""
    seen = {}
    for step in readers:
        for number, item in step.items():
            last = item.frame.number if isinstance(item, Arrival) else item
            seen.setdefault(number, []).append(last)
    return seen


@pytest.mark.parametrize('limit', [None, 2])
def test_no_frame_is_lost_and_sources_end_alone(limit):
    error = OSError('lost')
    sources = {3: Listed(5), 1: Listed(2, error=error), 7: Listed(9)}
    with SourceReaders(sources, limit) as readers:
        seen = collect(readers)
    last = [Ended()] * 3 if limit else [Ended(), Ended(error), Ended()]
    for number, end in zip((3, 1, 7), last):
        count = min(sources[number].total, limit or 9)
        assert seen[number] == [*range(1, count + 1), end]
        assert sources[number].closed
    assert not [each for each in readers.threads if each.is_alive()]


def test_a_waiting_source_does_not_stop_the_others():
    gate = threading.Event()
    sources = {0: Listed(5, fps=500.0), 1: Listed(3, gate=gate)}
    steps = []
    with SourceReaders(sources) as readers:
        for step in readers:
            steps.append(sorted(step))
            if isinstance(step.get(0), Ended):
                gate.set()
    assert steps[:6] == [[0]] * 6 and steps[6:] == [[1]] * 4


def test_dropped_and_stopped_sources():
    sources = {0: Listed(1000), 1: Listed(4)}
    with SourceReaders(sources) as readers:
        for step in readers:
            assert 0 not in step or step[0].frame.number == 1
            readers.drop(0)
    with SourceReaders({0: Listed(10**6)}) as readers:
        for number, step in enumerate(readers):
            if number == 3:
                readers.stop()
    assert isinstance(step[0], Ended) and number < 7


def test_files(tmp_path):
    for name, count in (('a', 3), ('b', 5)):
        (tmp_path / name).mkdir()
        for number in range(1, count + 1):
            image = np.full((4, 6, 3), number, np.uint8)
            cv2.imwrite(str(tmp_path / name / f'{number}.png'), image)
    opened = {i: open_source(tmp_path / name) for i, name in enumerate('ab')}
    with SourceReaders(opened) as readers:
        seen = collect(readers)
    assert seen == {0: [1, 2, 3, Ended()], 1: [1, 2, 3, 4, 5, Ended()]}


def test_no_source():
    with SourceReaders({}) as readers:
        assert not list(readers)
