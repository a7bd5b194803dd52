"""Writing and reading detections."""

import json
import os
import zipfile

import numpy as np
import pytest

from mmvkp.tubes.detection_files import DetectionReader, DetectionWriter
from mmvkp.tubes.detections import pack, pack_nothing

from .test_detections import as_set, make


def write(path, videos, labels=('x', 'y'), length=1):
    with DetectionWriter(path, list(labels), length) as writer:
        for name, detections in videos.items():
            writer.add(name, detections)


def test_file(tmp_path):
    rng = np.random.default_rng(6)
    packed = pack(*make(rng, 6), rng.uniform(size=(6, 2)), None, None, 3)
    factored = pack(*make(rng, 6), np.ones(6), None, np.ones(2), 3)
    path = tmp_path / 'new' / 'dump.npz'
    write(path, {'run/ä 1': packed, 'sit/2': factored})
    assert os.listdir(path.parent) == ['dump.npz']
    reader = DetectionReader(path)
    assert reader.labels == ['x', 'y'] and reader.tubelet_length == 1
    assert reader.videos == ['run/ä 1', 'sit/2']
    assert as_set(reader.read('run/ä 1')) == as_set(packed)
    assert as_set(reader.read('sit/2')) == as_set(factored)
    assert len(reader.read('other').score) == 0
    # As it is documented, without this project's code.
    with np.load(path, allow_pickle=False) as file:
        assert json.loads(str(file['meta']))['videos'] == reader.videos
        np.testing.assert_array_equal(file['0/boxes'], packed.boxes)
        assert file['1/score'].shape == (6,)


def test_interrupted_writing_leaves_nothing(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        with DetectionWriter(tmp_path / 'dump.npz', ['x'], 1) as writer:
            writer.add('a', pack_nothing(1))
            raise KeyboardInterrupt
    assert os.listdir(tmp_path) == []


def test_other_files_are_refused(tmp_path):
    text = tmp_path / 'a.npz'
    text.write_text('hello')
    with pytest.raises(ValueError, match='a.npz: not a file of detec'):
        DetectionReader(text)
    other = tmp_path / 'b.npz'
    np.savez(other, x=np.ones(3))
    with pytest.raises(ValueError, match='b.npz: not a file of detec'):
        DetectionReader(other)
    with zipfile.ZipFile(other, 'w') as file:
        file.writestr('meta', b'{}')
    with pytest.raises(ValueError, match='b.npz: not a file of detec'):
        DetectionReader(other)
    np.save(tmp_path / 'c.npy', np.ones(3))
    with pytest.raises(ValueError, match='c.npy: not a file of detec'):
        DetectionReader(tmp_path / 'c.npy')
    with pytest.raises(FileNotFoundError):
        DetectionReader(tmp_path / 'd.npz')
    # Objects would have to be unpickled.
    np.savez(other, meta=np.array([dict()], dtype=object))
    with pytest.raises(ValueError, match='b.npz: not a file of detec'):
        DetectionReader(other)


@pytest.mark.parametrize(
    'name, change, message',
    [
        ('boxes', lambda x: x * np.nan, 'boxes contains NaN'),
        ('boxes', lambda x: x[:, 0], 'boxes is float32 of shape'),
        ('score', lambda x: x[:2], 'box is int32 of shape'),
        ('frames', lambda x: x + 0.5, 'frames is float64 of shape'),
        ('box', lambda x: x + 1, r'box has values outside \[0, 6\)'),
        ('label', lambda x: x * 1j, 'label is complex'),
    ],
)
def test_damaged_arrays_are_refused(tmp_path, name, change, message):
    path = tmp_path / 'dump.npz'
    rng = np.random.default_rng(6)
    packed = pack(*make(rng, 6), rng.uniform(size=(6, 2)), None, None, None)
    write(path, {'a': packed})
    arrays = dict(np.load(path))
    arrays[f'0/{name}'] = change(arrays[f'0/{name}'])
    np.savez(path, **arrays)
    with pytest.raises(ValueError, match=f"dump.npz: .* video 'a' .*{message}"):
        DetectionReader(path).read('a')


def test_flipped_bytes_are_refused(tmp_path):
    path = tmp_path / 'dump.npz'
    packed = pack(*make(np.random.default_rng(6), 6), np.ones((6, 2)), None, None, None)
    write(path, {'a': packed})
    content = bytearray(path.read_bytes())
    content[content.index(b'NUMPY') + 140] ^= 255
    path.write_bytes(content)
    with pytest.raises(ValueError, match="dump.npz: the detections of video 'a' are"):
        DetectionReader(path).read('a')
