"""Frames of files and cameras."""

import threading

import cv2
import numpy as np
import pytest

from mmvkp.video import source as frame_source
from mmvkp.video.source import CameraSource, open_source


class FakeCamera:
    """Gives grey frames; each but the first waits for a word."""

    def __init__(self, count):
        self.count, self.given = count, 0
        self.go = threading.Semaphore(1)
        self.released = False

    def read(self):
        self.go.acquire(timeout=0.2)
        if self.given == self.count:
            return False, None
        self.given += 1
        return True, np.full((4, 6, 3), self.given, np.uint8)

    def release(self):
        self.released = True


def free(camera, count):
    """Let a camera give frames without waiting."""
    for _ in range(count):
        camera.go.release()


def values(frames):
    return [(frame.number, int(frame.image[0, 0, 0])) for frame in frames]


@pytest.fixture()
def files(tmp_path):
    """A video and a folder of three frames that are blue, and other files."""
    writer = cv2.VideoWriter(
        str(tmp_path / 'a.avi'), cv2.VideoWriter_fourcc(*'MJPG'), 10, (48, 32)
    )
    (tmp_path / 'frames').mkdir()
    for number in (1, 2, 10):
        frame = np.zeros((32, 48, 3), np.uint8)
        frame[..., 0] = 100 + number
        writer.write(frame)
        cv2.imwrite(str(tmp_path / f'frames/img_{number}.png'), frame)
    writer.release()
    (tmp_path / 'frames/notes.txt').write_text('x')
    (tmp_path / 'empty').mkdir()
    (tmp_path / 'text.mp4').write_text('x')
    return tmp_path


def test_a_folder_in_the_order_of_its_numbers(files):
    source = open_source(files / 'frames')
    frames = list(source)
    assert (source.count, source.dropped) == (3, 0)
    assert [frame.number for frame in frames] == [1, 2, 3]
    # Blue is last in RGB.
    assert [frame.image[0, 0].tolist() for frame in frames] == [
        [0, 0, 101],
        [0, 0, 102],
        [0, 0, 110],
    ]
    assert [frame.timestamp for frame in frames] == pytest.approx([0, 0.04, 0.08])


def test_a_video(files):
    source = open_source(str(files / 'a.avi'))
    frames = list(source)
    source.close()
    assert (source.count, source.fps) == (3, 10)
    assert [frame.timestamp for frame in frames] == pytest.approx([0, 0.1, 0.2])
    red, _, blue = frames[0].image[10, 10].astype(int)
    assert red < 20 and abs(blue - 101) < 20


@pytest.mark.parametrize(
    'name, error, message',
    [
        ('nothing.mp4', FileNotFoundError, 'no video file .*nothing.mp4'),
        ('text.mp4', ValueError, 'text.mp4 cannot be read as a video'),
        ('empty', ValueError, 'empty holds no frames'),
    ],
)
def test_files_that_are_none(files, name, error, message):
    with pytest.raises(error, match=message):
        list(open_source(str(files / name)))


def test_a_damaged_picture_is_named(files):
    (files / 'frames/img_2.png').write_text('x')
    with pytest.raises(ValueError, match='img_2.png cannot be read'):
        list(open_source(str(files / 'frames')))


def test_a_video_without_frames(files, monkeypatch):
    source = open_source(str(files / 'a.avi'))
    monkeypatch.setattr(source, 'capture', FakeCamera(0))
    with pytest.raises(ValueError, match='a.avi holds no frames'):
        list(source)


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
    monkeypatch.setattr(frame_source, 'PATIENCE', 0.05)
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


def test_which_source_is_meant(monkeypatch, tmp_path):
    opened = []

    class Capture:
        """Notes what was asked for."""

        def __init__(self, what):
            opened.append(what)

        def isOpened(self):
            return what_is_there

        def get(self, _):
            return 30.0

    monkeypatch.setattr(cv2, 'VideoCapture', Capture)
    monkeypatch.chdir(tmp_path)
    what_is_there = True
    for given in (0, '1', 'rtsp://a/b'):
        source = open_source(given)
        assert isinstance(source, CameraSource) and source.fps == 30
    assert opened == [0, 1, 'rtsp://a/b']
    (tmp_path / '1').mkdir()
    (tmp_path / '1/0.png').write_text('x')
    assert open_source('1').count == 1  # a folder has this name
    what_is_there = False
    with pytest.raises(ValueError, match='camera 7 cannot be opened'):
        open_source(7)
    with pytest.raises(ValueError, match="drop='newest' is not known"):
        open_source(0, 'newest')
