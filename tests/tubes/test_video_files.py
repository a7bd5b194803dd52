"""Files of videos, and sizes of pictures."""

import cv2
import numpy as np
import pytest

from mmvkp.tubes.video_files import find_video, is_image, picture_size

from .tube_data import write_video


def test_pictures(tmp_path):
    path = str(tmp_path / 'a.png')
    cv2.imwrite(path, np.zeros((24, 32, 3), np.uint8))
    assert is_image(path) and is_image('A.JPG') and not is_image('a.avi')
    assert picture_size(path) == (24, 32)
    assert picture_size(str(tmp_path / 'none.png')) is None


def test_videos(tmp_path):
    write_video(tmp_path / 'a/b.avi', np.zeros((5, 24, 32, 3), np.uint8))
    path = find_video(str(tmp_path), 'a/b')
    assert path == find_video(str(tmp_path), 'a/b.avi') == str(tmp_path / 'a/b.avi')
    assert find_video(str(tmp_path), 'a/c') is None


@pytest.mark.parametrize('name', ['IMG_0001.MOV', 'clip 1.MP4', 'a.m4v'])
def test_endings_of_phones(tmp_path, name):
    (tmp_path / name).touch()
    assert find_video(str(tmp_path), name.rpartition('.')[0]) == str(tmp_path / name)


def test_videos_outside_the_folder(tmp_path):
    write_video(tmp_path / 'a.avi', np.zeros((2, 24, 32, 3), np.uint8))
    (tmp_path / 'in').mkdir()
    for video in ('../a', str(tmp_path / 'a')):
        with pytest.raises(ValueError, match='is not a name inside the folder'):
            find_video(str(tmp_path / 'in'), video)
