"""Pictures and videos appear complete or not at all."""

from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from mmvkp.video import files
from mmvkp.video.files import VideoFile, write_picture

RED = np.full((33, 47, 3), (250, 10, 10), np.uint8)


def test_a_picture_is_written_as_rgb(tmp_path):
    path = tmp_path / 'a/b.png'
    write_picture(str(path), RED)
    assert (cv2.imread(str(path)) == [10, 10, 250]).all()
    assert [each.name for each in path.parent.iterdir()] == ['b.png']
    with pytest.raises(ValueError, match='is a folder'):
        write_picture(str(tmp_path / 'a'), RED)
    with pytest.raises(ValueError, match='cannot be written'):
        write_picture(str(path / 'c.png'), RED)


@pytest.mark.parametrize('with_h264', [True, False])
def test_a_video_of_odd_size(tmp_path, monkeypatch, with_h264):
    def add_stream(*_, **__):
        raise ValueError('no codec libx264')

    if not with_h264:
        container = SimpleNamespace(add_stream=add_stream)
        monkeypatch.setattr(files.av, 'open', lambda *_: container)
    warnings = []
    monkeypatch.setattr(files, 'print_log', lambda text, **_: warnings.append(text))
    path = tmp_path / 'a.mp4'
    with VideoFile(str(path), 5) as movie:
        for i in range(6):
            movie.write(RED // (i + 1))
        assert not path.exists()
    assert len(warnings) == (not with_h264)
    assert with_h264 or 'written as MPEG-4' in warnings[0]
    capture = cv2.VideoCapture(str(path))
    frames = [capture.read()[1] for _ in range(6)]
    assert not capture.read()[0] and capture.get(cv2.CAP_PROP_FPS) == 5
    assert frames[0].shape == (32, 46, 3)
    assert np.abs(frames[0].mean((0, 1)) - [10, 10, 250]).max() < 12
    assert [each.name for each in tmp_path.iterdir()] == ['a.mp4']


def test_no_incomplete_video(tmp_path):
    with pytest.raises(ValueError, match='half'):
        with VideoFile(str(tmp_path / 'a.mp4'), 5) as movie:
            movie.write(RED)
            raise ValueError('half')
    assert not list(tmp_path.iterdir())


def test_frames_of_another_size_are_fitted_in(tmp_path):
    path = tmp_path / 'a.mp4'
    with VideoFile(str(path), 5) as movie:
        movie.write(np.zeros((40, 60, 3), np.uint8))
        movie.write(np.full((80, 60, 3), 100, np.uint8))
    capture = cv2.VideoCapture(str(path))
    _, second = (capture.read()[1] for _ in range(2))
    # Half as large, 30 x 40, in the middle of 60 x 40 pixels of white.
    assert second.shape == (40, 60, 3)
    assert np.abs(second[5:35, 20:40].astype(int) - 100).max() < 12
    assert second[:, :12].min() > 235 and second[:, 48:].min() > 235
