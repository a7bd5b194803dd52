"""Detections in the layout of MOC."""

import os
import pickle

import numpy as np
import pytest

from mmvkp.tubes.detections import pack_nothing
from mmvkp.tubes.moc_files import MocWriter

from .test_dump_evaluation import evaluate, write_case


def test_layout_of_moc(tmp_path, capsys):
    ann, dump, inputs, _ = write_case(tmp_path, 'trimmed_k7')
    out = tmp_path / 'moc'
    assert evaluate(ann, dump, '--moc-out', str(out)) == 0
    for video in inputs['test_videos'][0]:
        names = sorted(os.listdir(out / video))
        last = inputs['nframes'][video] - 6
        assert names == [f'{frame:05d}.pkl' for frame in range(1, last + 1)]
        for frame, name in enumerate(names, 1):
            with open(out / video / name, 'rb') as file:
                content = pickle.load(file)
            assert list(content) == [1, 2, 3]
            for label, rows in content.items():
                wanted = (
                    inputs['tubelets'][video]
                    .get(str(frame), {})
                    .get(str(label - 1), [])
                )
                wanted = np.array(wanted, np.float32).reshape(-1, 29)
                assert rows.dtype == np.float32
                np.testing.assert_array_equal(
                    rows, wanted[np.argsort(-wanted[:, -1], kind='stable')]
                )
    # Nothing is written over.
    assert evaluate(ann, dump, '--moc-out', str(out)) == 1
    assert 'is not empty; give a new folder' in capsys.readouterr().err
    assert not [name for name in os.listdir(tmp_path) if name[0] == '.']


@pytest.mark.parametrize('video', ['../../b', '/b', 'a/../../b'])
def test_videos_outside_the_folder(tmp_path, video):
    writer = MocWriter(tmp_path / 'in/moc', ['a'])
    video = video.replace('/b', f'{tmp_path}/b') if video == '/b' else video
    with pytest.raises(ValueError, match='is not a name inside the folder'):
        writer.add(video, pack_nothing(1), 3)
    assert not [path for path in tmp_path.rglob('*') if path.is_file()]
