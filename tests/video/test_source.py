"""Frames of files, and the choice of a source."""

import cv2
import numpy as np
import pytest

from mmvkp.video import CameraSource, open_source

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

        def __init__(self, source):
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
