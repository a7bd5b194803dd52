"""Tubes of one stream, frame by frame, with a detector whose results are known."""

import threading
import time

import cv2
import numpy as np
import pytest

from mmvkp.tubes.online_linker import OnlineLinker
from mmvkp.tubes.streaming.tube_stream import TubeStream
from mmvkp.video import Frame

from .one_actor import EAGER, OneActor, frames_of, grey, write_frames

LEVELS = (10, 16, 22, 28, 34, 40)


def stream_of(delay=0, link=EAGER, **options):
    return TubeStream(OneActor(delay=delay, **options), link)


def test_one_frame_after_the_other():
    """The score of a tube is the mean over its clips: (10, 10, 10), (10, 10, 16) and
    (10, 16, 22) have the mean levels 10, 12 and 16."""
    stream = stream_of()
    assert (stream.classes, stream.delay) == (['dark', 'bright'], 0)
    results = [stream.push(grey(level), dropped=4) for level in (10, 16, 22)]
    assert [tubes.frame for tubes in results] == [1, 2, 3]
    assert [tubes.boxes.tolist() for tubes in results] == [
        [[level, 10, level + 19, 29]] for level in (10, 16, 22)
    ]
    assert [tubes.ids.tolist() for tubes in results] == [[1]] * 3
    assert [tubes.labels.tolist() for tubes in results] == [[0]] * 3
    assert [tubes.scores.item() for tubes in results] == pytest.approx(
        [0.9, 0.89, (0.9 + 0.88 + 0.84) / 3]
    )
    assert np.isnan(results[0].timestamp) and results[0].dropped == 4
    # Frames 4 to 7 were dropped.
    assert stream.push(grey(52), 0.28, number=8).timestamp == 0.28
    (tube,) = stream.finish()
    assert tube.frames.tolist() == list(range(1, 9))
    assert tube.boxes[:, 0].tolist() == [10, 16, 22, 28, 34, 40, 46, 52]


def test_the_next_stream_has_new_ids():
    stream = stream_of()
    stream.push(grey(10))
    assert [tube.id for tube in stream.finish()] == [1]
    assert stream.push(grey(10, 60, 90)).ids.tolist() == [2]
    assert stream.state.number == 1
    stream.finish()
    stream.linker = OnlineLinker(stream.linker.options)
    assert stream.push(grey(10)).ids.tolist() == [1]


def test_a_delay_changes_the_clip():
    """Frame 2 of the levels 10, 20, 60 is last in (10, 10, 20), in the middle of (10,
    20, 60) and first in (20, 60, 60)."""
    found = []
    for delay in (0, 1, 2):
        stream = stream_of(delay)
        results = [
            each for frame in frames_of(10, 20, 60) for each in stream.feed(frame)
        ]
        results += stream.flush()
        assert [frame.number for frame, _ in results] == [1, 2, 3]
        # The mean of frame 1 and 2, times 2, minus frame 1.
        first, second = (tubes.scores.item() for _, tubes in results[:2])
        found.append(1 - (2 * second - first))
    assert found == pytest.approx([0.4 / 3, 0.3, 1.4 / 3])


def test_all_frames_come_out(tmp_path):
    """Also those before an error, and with dropped frames."""
    stream = stream_of(delay=2)
    folder = write_frames(tmp_path / 'frames', *LEVELS)
    for limit, count in ((None, 6), (4, 4), (1, 1)):
        results = list(stream.stream(folder, max_frames=limit))
        assert [frame.number for frame, _ in results] == list(range(1, count + 1))
        assert all(frame.number == tubes.frame for frame, tubes in results)
    (tmp_path / 'frames' / '00005.png').write_text('x')
    seen = []
    with pytest.raises(ValueError, match='5.png cannot be read'):
        for frame, _ in stream.stream(folder):
            seen.append(frame.number)
    assert seen == [1, 2, 3, 4]
    (tmp_path / 'frames' / '00001.png').write_text('x')
    with pytest.raises(ValueError, match='1.png cannot be read'):
        next(stream.stream(folder))
    stream.finish()
    given = [
        [tubes.frame for _, tubes in stream.feed(Frame(number, 0.0, grey(10)))]
        for number in (1, 2, 5, 6, 9)
    ]
    assert given == [[], [], [1, 2], [], [5, 6]]
    assert [tubes.frame for _, tubes in stream.flush()] == [9]
    assert not stream.flush()


def test_finish_keeps_the_frames_that_wait():
    stream = stream_of(delay=2)
    for frame in frames_of(*LEVELS[:5]):
        stream.feed(frame)
    (tube,) = stream.finish()
    assert tube.frames.tolist() == [1, 2, 3, 4, 5]
    assert not stream.state.waiting
    with pytest.raises(ValueError, match='known 2 frames later; use feed'):
        stream.push(grey(10))


def test_tubes_that_end_in_frames_that_wait():
    """The actor is gone from frame 2 on; a tube may miss no frame."""
    stream = stream_of(2, EAGER._replace(max_gap=0))
    for frame in frames_of(10, 0, 0):
        stream.feed(frame)
    assert [tube.frames.tolist() for tube in stream.finish()] == [[1]]


def test_detections_without_linking():
    stream = stream_of(delay=1)
    boxes = [stream.detect(grey(level)).boxes[0, 0] for level in (10, 60)]
    assert boxes == [10, 60]
    assert not stream.linker.tubes and stream.linker.given == 0


@pytest.mark.parametrize('kind', ['folder', 'video'])
def test_files(tmp_path, kind):
    path = tmp_path / 'run.avi'
    if kind == 'video':
        writer = cv2.VideoWriter(
            str(path), cv2.VideoWriter_fourcc(*'MJPG'), 20, (120, 40)
        )
        for level in LEVELS:
            writer.write(grey(level))
        writer.release()
    else:
        write_frames(path, *LEVELS)
    stream = stream_of()
    numbers, ended = [], []
    for frame, tubes in stream.stream(path):
        assert frame.image.shape == (40, 120, 3)
        assert (frame.number, frame.timestamp) == (tubes.frame, tubes.timestamp)
        assert tubes.boxes[0, 0] == pytest.approx(LEVELS[frame.number - 1], abs=1)
        numbers.append(tubes.frame)
        ended += tubes.ended
    assert numbers == list(range(1, 7))
    assert stream.linker.fps == (20 if kind == 'video' else 25)
    ended += stream.finish()
    (first,), (again,) = ended, stream.infer(path)
    assert (first.id, again.id) == (1, 2)
    assert first.frames.tolist() == again.frames.tolist() == numbers
    assert stream.infer(path, max_frames=2)[0].frames.tolist() == [1, 2]


def test_pieces_of_a_long_tube_are_joined(tmp_path):
    folder = write_frames(tmp_path / 'frames', *LEVELS)
    stream = stream_of(link=EAGER._replace(max_rows=2))
    ended = [tube for _, tubes in stream.stream(folder) for tube in tubes.ended]
    assert len(ended) > 1 and not any(tube.finished for tube in ended)
    stream.linker = OnlineLinker(stream.linker.options)
    (tube,) = stream.infer(folder)
    assert tube.frames.tolist() == [1, 2, 3, 4, 5, 6]
    assert tube.boxes[:, 0].tolist() == list(LEVELS)


class SlowLooker:
    """A camera whose frames are released one by one."""

    def __init__(self, frames):
        self.frames, self.place = frames, 0
        self.go = threading.Semaphore(1)

    def read(self):
        # A short timeout would deliver frames early on a slow machine.
        if self.place < len(self.frames):
            self.go.acquire(timeout=60)
        if not 0 <= self.place < len(self.frames):
            return False, None
        self.place += 1
        return True, self.frames[self.place - 1]

    def release(self):
        self.place = -1
        self.go.release()


def test_a_camera_that_is_too_fast():
    stream = stream_of(clip_len=4)
    camera, seen = SlowLooker([grey(10)] * 9), []
    with pytest.raises(ConnectionError, match='lost after frame 9'):
        for _, tubes in stream.stream(camera):
            seen.append((tubes.frame, tubes.dropped))
            for _ in range(4):
                camera.go.release()
            until = time.monotonic() + 60
            while camera.place < min(9, 4 * len(seen) + 1) and time.monotonic() < until:
                time.sleep(0.005)
            time.sleep(0.02)
    assert seen == [(1, 0), (5, 3), (9, 6)]
    assert camera.place == -1
    # Features of the frames 1, 5 and 9: 6, 7 and 8 were dropped.
    assert list(stream.ring.numbers) == [1, 5, 9]


def test_frames_of_another_size():
    stream = stream_of()
    stream.push(grey(10, 48, 80))
    with pytest.raises(
        ValueError, match='frame 2 has 64 x 64 pixels, those before 80 x 48.*finish'
    ):
        stream.push(grey(10, 64, 64))
    stream.finish()
    assert stream.push(grey(10, 64, 64)).frame == 1


def test_an_error_of_a_frame_ends_its_stream(monkeypatch):
    """Frames that wait are not answered after it."""
    stream = stream_of(delay=1)
    monkeypatch.setattr(
        stream.network,
        'actor',
        lambda level, mean: OneActor.actor(stream.network, level, np.nan),
    )
    first, second, third = frames_of(10, 10, 10)
    assert stream.feed(first) == []
    with pytest.raises(ValueError, match='detections in frame 1 are not finite'):
        stream.feed(second)
    assert not stream.state.waiting
    monkeypatch.undo()
    assert stream.feed(third) == []
