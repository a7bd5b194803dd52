"""Frames of cameras."""

import pytest

from mmvkp.video import camera as camera_module
from mmvkp.video.camera import CameraSource

from .fake_camera import FakeCamera


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
    assert list(frames) == []
    source.close()
    assert camera.released and not source.thread.is_alive()
    assert seen[0].timestamp == 0 <= seen[1].timestamp <= seen[2].timestamp


def test_nothing_is_dropped_if_so_asked():
    camera = FakeCamera(5)
    free(camera, 20)
    source = CameraSource(camera, 'none')
    assert values(source) == [(i, i) for i in range(1, 6)]
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
