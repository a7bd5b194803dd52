"""Sources of videos, and parts of frames."""

import pytest
from mmengine.config import Config

from mmvkp.recognition.clips import map_box, video_source


def test_boxes_by_hand():
    # Half as large: pixel 10 of 48 is at 20 of 96.
    assert map_box((0, 0, 96, 64), (10, 4, 34, 28), (48, 32)) == (20, 8, 68, 56)
    # A crop of a crop counts from the corner of the first.
    assert map_box((20, 8, 68, 56), (0, 12, 24, 24), (24, 24)) == (20, 32, 68, 56)


def test_sources(tmp_path):
    names = Config(dict(filename_tmpl='{:03}.png', start_index=2))
    for i in (2, 3, 5):  # the gap ends the video
        (tmp_path / f'{i:03}.png').touch()
    source = video_source(str(tmp_path), names)
    assert (source['total_frames'], source['start_index']) == (2, 2)
    path = str(tmp_path / '002.png')
    assert video_source(path, names)['filename'] == path
    with pytest.raises(FileNotFoundError, match='contains no img_00001.jpg'):
        video_source(str(tmp_path), Config(dict()))
    with pytest.raises(FileNotFoundError, match='no video file gone.mp4'):
        video_source('gone.mp4', Config(dict()))
