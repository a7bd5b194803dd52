"""Frames of cameras."""

import threading
import time

import cv2
import numpy as np
import pytest

from mmvkp.video import camera as camera_module
from mmvkp.video.camera import CameraSource

from .fake_camera import FakeCamera, Outages


def free(camera, count):
    """Let a camera give frames without waiting."""
    for _ in range(count):
        camera.go.release()


def values(frames):
    return [(frame.number, int(frame.image[0, 0, 0])) for frame in frames]


def test_a_slow_consumer_sees_the_newest_frame():
    camera = FakeCamera(9)
    source = CameraSource(camera, 'oldest')
    frames = iter(source)
    seen = [next(frames)]
    for _ in range(2):
        # Four come while the first of them is worked on.
        before = camera.given
        free(camera, 4)
        with source.news:
            source.news.wait_for(
                lambda: source.held and source.held[-1].number == before + 4, 0.2
            )
        seen.append(next(frames))
    assert values(seen) == [(1, 1), (5, 5), (9, 9)]
    assert source.dropped == 6
    free(camera, 1)
    with pytest.raises(ConnectionError, match='given was lost after frame 9'):
        next(frames)
    source.close()
    assert camera.released and not source.thread.is_alive()
    assert seen[0].timestamp == 0 <= seen[1].timestamp <= seen[2].timestamp


def test_nothing_is_dropped_if_so_asked():
    camera = FakeCamera(5)
    free(camera, 20)
    source = CameraSource(camera, 'none')
    frames = iter(source)
    seen = [next(frames) for _ in range(5)]
    assert values(seen) == [(i, i) for i in range(1, 6)]
    with pytest.raises(ConnectionError, match='0 attempts to reconnect failed'):
        next(frames)
    assert source.dropped == 0 and source.thread is None


@pytest.mark.parametrize('drop', ['oldest', 'none'])
def test_a_camera_without_frames(drop):
    with pytest.raises(ValueError, match='camera given does not send any frame'):
        list(CameraSource(FakeCamera(0), drop))


def test_a_camera_that_hangs(monkeypatch):
    monkeypatch.setattr(camera_module, 'PATIENCE', 0.05)
    camera = FakeCamera(2)
    frames = iter(CameraSource(camera))
    next(frames)
    with pytest.raises(TimeoutError, match='has not sent a frame for 0.05 sec'):
        next(frames)


def test_errors_of_the_thread_arrive():
    camera = FakeCamera(2)
    camera.read = lambda: 1 / 0
    with pytest.raises(ZeroDivisionError):
        list(CameraSource(camera))


def drain(source):
    """Frames of a source, and the error at its end."""
    frames = []
    try:
        for frame in source:
            frames.append(frame)
    except OSError as error:
        return frames, error
    finally:
        source.close()
    return frames, None


def test_a_lost_camera_is_opened_again_a_bounded_number_of_times(monkeypatch):
    """Two outages: the first ends at the second attempt; the last one never."""
    monkeypatch.setattr(camera_module, 'DELAY', 0.001)
    cameras = Outages(3, None, 2)
    frames, error = drain(CameraSource(cameras, 'none', reconnects=4))
    assert [int(frame.image[0, 0, 0]) for frame in frames] == [1, 2, 3, 4, 5]
    assert isinstance(error, ConnectionError)
    assert str(error) == (
        'camera given was lost after frame 5; 4 attempts to reconnect failed. Check '
        'the camera and its network.'
    )
    assert cameras.opened == 1 + 4


def test_reconnecting_in_the_thread(monkeypatch):
    """Waiting for a lost camera takes longer than the patience with a silent one."""
    monkeypatch.setattr(camera_module, 'DELAY', 0.02)
    monkeypatch.setattr(camera_module, 'PATIENCE', 0.05)
    frames, error = drain(CameraSource(Outages(1, None, None, 1), reconnects=3))
    assert frames and isinstance(error, ConnectionError)
    assert '3 attempts' in str(error)


def test_the_gap_counts_as_dropped_frames(monkeypatch):
    monkeypatch.setattr(camera_module, 'DELAY', 0.2)
    source = CameraSource(Outages(2, 2, fps=100.0), 'none', reconnects=1)
    frames, _ = drain(source)
    gap = frames[2].timestamp - frames[1].timestamp
    assert gap > 0.2
    assert frames[2].number - 2 == pytest.approx(100 * gap, abs=1)
    assert source.dropped == frames[2].number - 3
    assert frames[3].number == frames[2].number + 1


def test_attempts_are_available_again_after_a_stable_time(monkeypatch):
    monkeypatch.setattr(camera_module, 'DELAY', 0.001)
    counts = [1] * 6
    frames, _ = drain(CameraSource(Outages(*counts), 'none', reconnects=2))
    assert len(frames) == 3
    monkeypatch.setattr(camera_module, 'STABLE', -1.0)
    frames, _ = drain(CameraSource(Outages(*counts), 'none', reconnects=2))
    assert len(frames) == 6


def test_stop_ends_a_camera_that_reconnects(monkeypatch):
    monkeypatch.setattr(camera_module, 'DELAY', 60.0)
    source = CameraSource(Outages(1))
    timer = threading.Timer(0.1, source.stop)
    timer.start()
    start = time.monotonic()
    frames, error = drain(source)
    assert len(frames) == 1 and error is None
    assert time.monotonic() - start < 10
    timer.join()


def test_a_file_given_as_an_object_ends_normally(tmp_path):
    path = str(tmp_path / 'a.avi')
    writer = cv2.VideoWriter(path, cv2.VideoWriter_fourcc(*'MJPG'), 10, (48, 32))
    for _ in range(4):
        writer.write(np.zeros((32, 48, 3), np.uint8))
    writer.release()
    frames, error = drain(CameraSource(cv2.VideoCapture(path), 'none'))
    assert len(frames) == 4 and error is None


def test_the_password_of_a_camera_is_not_shown(monkeypatch):
    monkeypatch.setattr(camera_module, 'DELAY', 0.001)
    cameras = Outages(1)
    monkeypatch.setattr(camera_module, 'open_url', lambda _: cameras())
    source = CameraSource('rtsp://me:secret@cam/1', 'none', reconnects=1)
    assert source.name == 'rtsp://***@cam/1'
    _, error = drain(source)
    assert 'camera rtsp://***@cam/1 was lost' in str(error)


def test_wrong_attempts():
    with pytest.raises(TypeError, match="reconnects='5' is a str"):
        CameraSource(FakeCamera(1), reconnects='5')
    with pytest.raises(ValueError, match='reconnects=-1 is not'):
        CameraSource(FakeCamera(1), reconnects=-1)
