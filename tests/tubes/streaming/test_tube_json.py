"""Files of the tubes of a stream."""

import numpy as np
import pytest

from mmvkp.tubes.online_tubes import LinkedTube
from mmvkp.tubes.streaming.tube_json import source_name, tube_entry, write_json


def test_a_json_that_cannot_be_written(tmp_path):
    (tmp_path / 'c.json').write_text('old')
    with pytest.raises(TypeError):
        write_json(str(tmp_path / 'c.json'), dict(a={1, 2}))
    assert (tmp_path / 'c.json').read_text() == 'old'
    (tmp_path / 'folder').mkdir()
    with pytest.raises(ValueError, match='folder is a folder'):
        write_json(str(tmp_path / 'folder'), {})
    assert len(list(tmp_path.iterdir())) == 2


def test_the_entry_of_a_tube():
    tube = LinkedTube(
        3,
        1,
        0.123456,
        np.zeros(2),
        np.array([4, 5]),
        np.float32([[1, 2, 3.456, 4], [1, 2, 3, 4]]),
    )
    assert tube_entry(tube) == dict(
        id=3,
        label=1,
        score=0.12346,
        frames=[4, 5],
        boxes=[[1, 2, 3.46, 4], [1, 2, 3, 4]],
    )


def test_names_of_sources(tmp_path):
    (tmp_path / 'clip.1').mkdir()
    assert source_name(str(tmp_path / 'clip.1')) == 'clip.1'
    assert source_name('a/b.c.mp4') == 'b.c'
    assert source_name('rtsp://x/y.z') == 'rtsp://x/y.z'
    assert source_name('rtsp://me:secret@x/y.z') == 'rtsp://***@x/y.z'
    assert source_name('0') == '0'
