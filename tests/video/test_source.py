"""Frames of files, and the choice of a source."""

import functools
import http.server
import threading

import cv2
import numpy as np
import pytest

from mmvkp.video import CameraSource, VideoSource, open_source
from mmvkp.video import source as source_module

from .fake_camera import FakeCamera


@pytest.fixture()
def files(tmp_path):
    """A video and a folder of three blue frames, and other files."""
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
def test_missing_and_wrong_files(files, name, error, message):
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


def test_which_source_is_meant(monkeypatch, tmp_path):
    opened = []

    class Capture:
        """Records its argument."""

        def __init__(self, source, *_):
            opened.append(source)

        def isOpened(self):
            return is_open

        def get(self, _):
            return 30.0

    monkeypatch.setattr(cv2, 'VideoCapture', Capture)
    monkeypatch.chdir(tmp_path)
    is_open = True
    for given in (0, '1', 'rtsp://a/b'):
        source = open_source(given)
        assert isinstance(source, CameraSource) and source.fps == 30
    assert opened == [0, 1, 'rtsp://a/b']
    (tmp_path / '1').mkdir()
    (tmp_path / '1/0.png').write_text('x')
    assert open_source('1').count == 1  # a folder has this name
    is_open = False
    with pytest.raises(ValueError, match='camera 7 cannot be opened'):
        open_source(7)
    with pytest.raises(ValueError, match="drop='newest' is not known"):
        open_source(0, 'newest')


def write_noise(path, count, codec='MJPG', size=(48, 32)):
    """Write a video of noise, whose frames have about the same number of bytes."""
    rng = np.random.default_rng(0)
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*codec), 30, size)
    for _ in range(count):
        writer.write(rng.integers(0, 256, (size[1], size[0], 3), np.uint8))
    writer.release()


class _Handler(http.server.SimpleHTTPRequestHandler):
    """Serves files, and a stream of JPEG pictures as IP cameras send it."""

    def do_GET(self):
        if self.path != '/camera':
            super().do_GET()
            return
        self.send_response(200)
        self.send_header('Content-Type', 'multipart/x-mixed-replace; boundary=b')
        self.end_headers()
        _, data = cv2.imencode('.jpg', np.zeros((32, 48, 3), np.uint8))
        part = b'--b\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n'
        for _ in range(30):
            self.wfile.write(part % len(data) + data.tobytes() + b'\r\n')

    def log_message(self, *_):
        pass


@pytest.fixture()
def server(tmp_path):
    """Address of a server of the folder."""
    handler = functools.partial(_Handler, directory=str(tmp_path))
    server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f'127.0.0.1:{server.server_address[1]}'
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    'name, codec', [('a.avi', 'MJPG'), ('a.mp4', 'mp4v'), ('a.mkv', 'MJPG')]
)
def test_no_frame_of_an_http_file_is_dropped(server, tmp_path, name, codec):
    write_noise(tmp_path / name, 60, codec)
    source = open_source(f'http://me:secret@{server}/{name}')
    assert isinstance(source, VideoSource) and source.count == 60
    assert source.name == f'http://***@{server}/{name}'
    numbers = []
    for frame in source:
        numbers.append(frame.number)
        if frame.number == 1:
            threading.Event().wait(0.2)  # a slow consumer
    source.close()
    assert numbers == list(range(1, 61)) and source.dropped == 0


def test_an_http_stream_of_pictures_is_a_camera(server):
    source = open_source(f'http://{server}/camera', 'none')
    assert isinstance(source, CameraSource)
    assert next(iter(source)).image.shape == (32, 48, 3)
    source.close()


def test_a_missing_http_file(server):
    with pytest.raises(ValueError, match=r'http://\*\*\*@.*/no.mp4 cannot be read'):
        open_source(f'http://me:secret@{server}/no.mp4')


def test_a_file_url(tmp_path):
    write_noise(tmp_path / 'a b.avi', 3)
    source = open_source((tmp_path / 'a b.avi').as_uri())
    assert isinstance(source, VideoSource) and len(list(source)) == 3


@pytest.mark.parametrize('name', ['a.avi', 'a.mkv'])
def test_a_truncated_file_ends_with_an_error(tmp_path, name):
    write_noise(tmp_path / name, 280)
    data = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(data[: len(data) * 2 // 7])
    frames = []
    with pytest.raises(ValueError, match=r'a\....: \d+ of 280 frames could be read'):
        for frame in open_source(str(tmp_path / name)):
            frames.append(frame)
    assert 60 <= len(frames) <= 81  # headers and the index take bytes, too


class _Capture:
    """Frames as a container counts them, and as they can be read."""

    def __init__(self, count, readable, fps=10.0, seconds=None):
        self.count, self.readable, self.fps = count, readable, fps
        self.given, self.seconds = 0, seconds

    def read(self):
        self.given += 1
        return self.given <= self.readable, np.zeros((2, 2, 3), np.uint8)

    def get(self, what):
        seconds = self.seconds or (self.given - 1) / self.fps
        return {5: self.fps, 7: self.count, 0: 1000 * seconds}[what]


@pytest.mark.parametrize(
    'name, count, readable, edited, seconds, is_complete',
    [
        ('a.mp4', 100, 100, None, None, True),
        ('a.mp4', 100, 98, None, None, True),  # incomplete groups at both ends
        ('a.mp4', 100, 97, None, None, False),
        ('a.mp4', 100, 50, 5.0, None, True),  # cut without re-encoding
        ('a.mp4', 100, 40, 5.0, None, False),
        ('a.mp4', 0, 40, None, None, True),  # unknown number
        ('a.mkv', 1000, 60, None, 99.0, True),  # estimated from a wrong frame rate
        ('a.mkv', 1000, 60, None, None, False),
    ],
)
def test_number_of_frames(
    files, monkeypatch, name, count, readable, edited, seconds, is_complete
):
    source = open_source(str(files / 'a.avi'))
    source.ending, source.count, source.fps = name[1:], count, 10.0
    source.capture = _Capture(count, readable, seconds=seconds)
    monkeypatch.setattr(source_module, 'edited_seconds', lambda _: edited)
    if is_complete:
        assert len(list(source)) == readable
    else:
        with pytest.raises(ValueError, match='damaged or incomplete. Copy it again'):
            list(source)


@pytest.mark.parametrize('name', ['a.avi', 'frames'])
def test_stop_ends_a_file_without_an_error(files, name):
    source = open_source(str(files / name))
    frames = iter(source)
    next(frames)
    source.stop()
    assert list(frames) == []
