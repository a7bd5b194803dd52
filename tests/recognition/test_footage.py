"""Frames of files, folders and memory, read on demand."""

from pathlib import Path

import numpy as np
import pytest

from mmvkp.recognition.footage import footage_of, memory_footage
from mmvkp.video import Frame
from mmvkp.video.files import write_picture

from .lossless_video import noise_frames, write_lossless


def levels(frames):
    """Value of the first pixel of each frame."""
    return [int(each[0, 0, 0]) for each in frames]


def write_folder(folder, count):
    """Pictures with the levels 0, 1, ... whose names sort in another order."""
    for i in range(count):
        picture = np.full((6, 8, 3), i, np.uint8)
        write_picture(str(folder / f'shot {i}.png'), picture)
    return str(folder)


def test_a_video_file(tmp_path):
    """Ten frames per second; numbers may be repeated and in any order."""
    frames = noise_frames(12)
    path = write_lossless(tmp_path / 'a.mkv', frames)
    footage = footage_of(path)
    assert (footage.path, footage.fps, footage.damage) == (path, 10, '')
    assert footage.times == pytest.approx(np.arange(12) / 10)
    found = footage.read(np.array([7, 2, 2, 11]))
    assert all(np.array_equal(one, frames[i]) for one, i in zip(found, (7, 2, 2, 11)))


def test_a_folder_of_pictures(tmp_path):
    footage = footage_of(write_folder(tmp_path, 12))
    assert (len(footage.times), footage.fps, footage.damage) == (12, 25, '')
    assert footage.times[-1] == pytest.approx(11 / 25)
    # Shot 2 comes before shot 10.
    assert levels(footage.read(np.arange(12))) == list(range(12))
    assert levels(footage.read(np.array([10, 3, 3]))) == [10, 3, 3]
    Path(tmp_path / 'shot 3.png').write_text('x')
    with pytest.raises(ValueError, match='shot 3.png cannot be read as a picture'):
        footage.read(np.array([2, 3]))
    assert levels(footage.read(np.array([2]))) == [2]


def test_pictures_are_rgb(tmp_path):
    picture = np.zeros((6, 8, 3), np.uint8)
    picture[..., 0], picture[..., 1] = 200, 100
    write_picture(str(tmp_path / 'a.png'), picture)
    (found,) = footage_of(str(tmp_path)).read(np.array([0]))
    assert np.array_equal(found, picture)


def test_frames_in_memory():
    """Times start at the first frame."""
    frames = [Frame(i, 3 + i / 10, np.full((2, 2, 3), i, np.uint8)) for i in range(5)]
    footage = memory_footage('camera', frames, 10.0)
    assert (footage.path, footage.fps, footage.damage) == ('camera', 10, '')
    assert footage.times.tolist() == pytest.approx([0, 0.1, 0.2, 0.3, 0.4])
    assert levels(footage.read(np.array([4, 0, 4]))) == [4, 0, 4]


def test_errors_name_the_video(tmp_path):
    broken = tmp_path / 'broken.mp4'
    broken.write_bytes(b'x' * 100)
    with pytest.raises(ValueError, match='broken.mp4'):
        footage_of(str(broken))
    with pytest.raises(FileNotFoundError, match='gone.mp4'):
        footage_of(str(tmp_path / 'gone.mp4'))
    (tmp_path / 'empty').mkdir()
    with pytest.raises(ValueError, match='empty holds no frames'):
        footage_of(str(tmp_path / 'empty'))
