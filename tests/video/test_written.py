"""Truncated videos are errors and leave no file."""

import sys

import numpy as np
import pytest

from mmvkp.video.encoding import write_video
from mmvkp.video.files import VideoFile
from mmvkp.video.written import check_written, count_written

from ..processes import run_forked

resource = pytest.importorskip('resource')
# Noise: encoders cannot shrink it to nothing.
FRAMES = np.random.default_rng(0).integers(0, 255, (12, 64, 64, 3), np.uint8)


def write(kind, path):
    """Write the frames with a writer: h264, mpeg4 or mjpeg."""
    if kind == 'mjpeg':
        write_video(path, FRAMES)
        return
    if kind == 'mpeg4':
        sys.modules['av'] = None  # in a process of its own
    with VideoFile(str(path), 5) as movie:
        for frame in FRAMES:
            movie.write(frame)


def write_under_limits(kind, folder):
    write(kind, folder / 'whole.mp4')
    size = (folder / 'whole.mp4').stat().st_size
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    # The index of the frames is at the end of the file.
    for limit in (size - 1, size - 60, size - 400, size // 2, 100, 0):
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
        with pytest.raises(OSError, match='a.mp4 cannot be written: .*free space'):
            write(kind, folder / 'a.mp4')
        assert [each.name for each in folder.iterdir()] == ['whole.mp4'], limit
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    write(kind, folder / 'a.mp4')
    assert (folder / 'a.mp4').stat().st_size == size


@pytest.mark.parametrize('kind', ['h264', 'mpeg4', 'mjpeg'])
def test_a_limit_of_the_file_size(kind, tmp_path):
    """OpenCV reports nothing, and its file can still be opened."""
    if kind == 'h264':
        pytest.importorskip('av')
    assert run_forked(write_under_limits, kind, tmp_path, timeout=60) == [0]


def test_an_older_video_stays(tmp_path):
    def replace():
        _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (5000, hard))
        with pytest.raises(OSError):
            write('mpeg4', tmp_path / 'a.mp4')

    (tmp_path / 'a.mp4').write_bytes(b'old')
    assert run_forked(replace, timeout=60) == [0]
    assert (tmp_path / 'a.mp4').read_bytes() == b'old'
    assert len(list(tmp_path.iterdir())) == 1


def test_the_first_error_is_raised(tmp_path):
    with pytest.raises(ZeroDivisionError):
        with VideoFile(str(tmp_path / 'a.mp4'), 5) as movie:
            movie.write(FRAMES[0])
            raise ZeroDivisionError
    assert not list(tmp_path.iterdir())


def test_frames_are_counted(tmp_path):
    path = tmp_path / 'a.mp4'
    assert count_written(path) == 0
    path.write_bytes(b'not a video')
    assert count_written(path) == 0
    write_video(path, FRAMES)
    assert count_written(path) == 12
    check_written('a.mp4', str(path), 12)
    with pytest.raises(OSError, match='a.mp4 cannot be written: 12 of 13 frames'):
        check_written('a.mp4', str(path), 13)


def test_bytes_that_are_missing_or_too_many(tmp_path):
    path = tmp_path / 'a.mp4'
    write_video(path, FRAMES)
    whole = path.read_bytes()
    for content in (whole[:-1], whole[:40], b'', whole + b'\0', whole + whole[:20]):
        path.write_bytes(content)
        assert count_written(path) == 0
    # A box with 64-bit size, as in files of more than 4 GB, and an unknown box.
    large = b'\0\0\0\1free' + (16).to_bytes(8, 'big')
    path.write_bytes(whole + large + b'\0\0\0\x08free')
    assert count_written(path) == 12
