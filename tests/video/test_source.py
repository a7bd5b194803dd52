"""Frames of files, and the choice of a source."""

import functools
import http.server
import threading

import cv2
import numpy as np
import pytest

from mmvkp.video import CameraSource, VideoSource, open_source, read_frames, video_info
from mmvkp.video import source as source_module

from .made_videos import make_video


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


def test_a_video_without_frames(tmp_path):
    path = make_video(tmp_path / 'a.mp4', file_options={'movflags': 'faststart'})
    data = (tmp_path / 'a.mp4').read_bytes()
    start = data.index(b'mdat') + 4
    (tmp_path / 'a.mp4').write_bytes(data[:start] + bytes(len(data) - start))
    with pytest.raises(ValueError, match='a.mp4: no frame can be decoded'):
        list(open_source(path))


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
    with pytest.raises(ValueError, match=r'a\.... is damaged: \d+ frames can be read'):
        for frame in open_source(str(tmp_path / name)):
            frames.append(frame)
    assert 60 <= len(frames) <= 81  # headers and the index take bytes, too


@pytest.mark.parametrize('share, is_usable', [(0.01, True), (0.2, False)])
def test_a_damaged_file(tmp_path, monkeypatch, share, is_usable):
    path = make_video(tmp_path / 'a.mp4', 'mjpeg', 100, pixels='yuvj420p')
    data = bytearray((tmp_path / 'a.mp4').read_bytes())
    start, said = data.index(b'\xff\xd8', len(data) // 3), []
    data[start : start + int(share * len(data))] = bytes(int(share * len(data)))
    (tmp_path / 'a.mp4').write_bytes(data)
    monkeypatch.setattr(source_module, 'print_log', lambda text, *_: said.append(text))
    frames = []
    try:
        frames.extend(open_source(path))
    except ValueError as error:
        said.append(str(error))
        assert not is_usable
    assert said == [video_info(path).damage]
    assert 'a.mp4 is damaged: ' in said[0] and len(frames) < 100
    assert is_usable or len(frames) < 90


def test_the_same_frames_as_by_number(tmp_path):
    times = [0, 40, 80, 400, 440, 1000, 1040]
    path = make_video(tmp_path / 'a.mkv', count=7, times=times, rotation=90)
    frames = list(open_source(path))
    assert [frame.timestamp * 1000 for frame in frames] == pytest.approx(times)
    images = np.stack([frame.image for frame in frames])
    assert images.shape == (7, 64, 48, 3) and frames[0].image.flags.c_contiguous
    assert (images == read_frames(path, range(7))).all()
    # Now the number and the rate are known.
    source = open_source(path)
    assert source.count == 7 and source.fps == pytest.approx(6 / 1.04)


@pytest.mark.parametrize('name', ['a.avi', 'frames'])
def test_stop_ends_a_file_without_an_error(files, name):
    source = open_source(str(files / name))
    frames = iter(source)
    next(frames)
    source.stop()
    assert list(frames) == []
