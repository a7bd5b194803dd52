"""Annotations in pickles, JSON and other structures."""

import json
import os
import pickle

import numpy as np
import pytest

from mmvkp.tubes import annotations as tube_annotations
from mmvkp.tubes.annotations import (
    TubeAnnotations,
    load_tube_annotations,
    parse_tube_annotations,
    save_tube_annotations,
)

from .tube_data import annotations, tube, write_pickle


def _data():
    videos = {
        'jump/a': (9, {0: [tube(1, 9), tube(2, 3, (0, 0, 5.5, 4))]}),
        'run/b': (4, {1: [tube(1, 4)]}),
    }
    return annotations(
        videos, train=[['jump/a'], ['run/b']], test=[['run/b'], ['jump/a']]
    )


def _check(loaded):
    assert isinstance(loaded, TubeAnnotations)
    assert loaded.labels == ['jump', 'run']
    assert loaded.nframes == {'jump/a': 9, 'run/b': 4}
    assert loaded.resolution == {'jump/a': (48, 64), 'run/b': (48, 64)}
    assert loaded.train_videos == [['jump/a'], ['run/b']]
    assert loaded.test_videos == [['run/b'], ['jump/a']]
    assert list(loaded.gttubes['run/b']) == [1]
    first, second = loaded.gttubes['jump/a'][0]
    assert first.dtype == np.float32 and first.shape == (9, 5)
    assert first[0].tolist() == [1, 10, 12, 25, 31]
    assert second.tolist() == [[2, 0, 0, 5.5, 4], [3, 0, 0, 5.5, 4]]


@pytest.mark.parametrize('protocol', range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickles(tmp_path, protocol):
    write_pickle(tmp_path / 'GT.pkl', _data(), protocol)
    _check(load_tube_annotations(tmp_path / 'GT.pkl'))


def test_numbers_of_numpy_and_boxes_of_other_types(tmp_path):
    data = _data()
    data['nframes'] = {k: np.int64(v) for k, v in data['nframes'].items()}
    data['resolution'] = {
        k: np.array(v, dtype=np.int32) for k, v in data['resolution'].items()
    }
    data['labels'] = np.array(data['labels'])
    data['gttubes']['run/b'] = {
        np.int64(1): [t.astype(np.float64) for t in data['gttubes']['run/b'][1]]
    }
    write_pickle(tmp_path / 'GT.pkl', data)
    _check(load_tube_annotations(tmp_path / 'GT.pkl'))


def test_json(tmp_path):
    data = _data()
    data['gttubes'] = {
        video: {label: [t.tolist() for t in tubes] for label, tubes in classes.items()}
        for video, classes in data['gttubes'].items()
    }
    (tmp_path / 'GT.json').write_text(json.dumps(data))
    _check(load_tube_annotations(tmp_path / 'GT.json'))


@pytest.mark.parametrize('name', ['GT.pkl', 'GT.json'])
def test_saved_annotations_are_the_same(tmp_path, name):
    write_pickle(tmp_path / 'first.pkl', _data())
    loaded = load_tube_annotations(tmp_path / 'first.pkl')
    save_tube_annotations(loaded, tmp_path / name)
    _check(load_tube_annotations(tmp_path / name))
    assert sorted(os.listdir(tmp_path)) == sorted({'first.pkl', name})
    if name == 'GT.pkl':
        # Other projects read the file without this package.
        with open(tmp_path / name, 'rb') as file:
            plain = pickle.load(file, encoding='latin1')
        assert list(plain) == list(tube_annotations.KEYS)
        assert type(plain['gttubes']['jump/a'][0][0]) is np.ndarray


def test_failed_saving_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / 'GT.pkl'
    path.write_bytes(b'old')

    def fail(*_, **__):
        raise OSError('disk full')

    monkeypatch.setattr(tube_annotations.pickle, 'dump', fail)
    with pytest.raises(OSError, match='disk full'):
        save_tube_annotations(TubeAnnotations(), path)
    assert path.read_bytes() == b'old'
    assert os.listdir(tmp_path) == ['GT.pkl']


def test_one_flat_list_is_one_split(tmp_path):
    data = _data()
    data.update(train_videos=['jump/a'], test_videos=['run/b'])
    write_pickle(tmp_path / 'GT.pkl', data)
    loaded = load_tube_annotations(tmp_path / 'GT.pkl')
    assert loaded.train_videos == [['jump/a']]
    assert loaded.test_videos == [['run/b']]


@pytest.mark.parametrize(
    'key, value, message',
    [
        ('labels', 'jump', "labels is 'jump'; a list is required"),
        ('gttubes', [], r'gttubes is \[\]; a dict'),
        ('gttubes', {'v': []}, r'gttubes of v is \[\]; a dict from class'),
        (
            'gttubes',
            {'v': {'jump': []}},
            "a class in gttubes of v is 'jump'; an integer",
        ),
        ('gttubes', {'v': {0: 3}}, 'gttubes of v, class 0 is 3; a list'),
        (
            'gttubes',
            {'v': {0: [tube(1, 2), tube(1, 3)[:, :4]]}},
            r'gttubes of v, class 0, tube 1 is float32 of shape \(3, 4\); an array '
            r'\(n, 5\)',
        ),
        (
            'gttubes',
            {'v': {0: [[['a'] * 5]]}},
            'gttubes of v, class 0, tube 0 is .*n, 5',
        ),
        (
            'gttubes',
            {'v': {1: [], '1': []}},
            "gttubes of v, class '1' is '1'; one entry for each",
        ),
        ('nframes', {1: 8, '1': 9}, r"nframes is \[1, '1'\]; one entry for each video"),
        ('nframes', {'v': 3.5}, 'nframes of v is 3.5; an integer'),
        ('nframes', {'v': None}, 'nframes of v is None; an integer'),
        ('labels', [2**80], 'a name in labels is 1208925819614629174706176; a string'),
        ('resolution', {'v': 240}, 'resolution of v is 240; .height, width.'),
        ('train_videos', [['a'], 3], 'train_videos of split 2 is 3; a list'),
    ],
)
def test_other_structures_are_named(tmp_path, key, value, message):
    data = _data()
    data[key] = value
    write_pickle(tmp_path / 'GT.pkl', data)
    with pytest.raises(ValueError, match=rf'GT\.pkl: {message}'):
        load_tube_annotations(tmp_path / 'GT.pkl')


def test_integers_are_names_if_they_are_short():
    data = dict(_data(), labels=['a', 7])
    assert parse_tube_annotations(data, 'x.json').labels == ['a', '7']
    data['labels'] = ['a', 10**400]
    with pytest.raises(ValueError, match='x.json: a name in labels is <integer of 13'):
        parse_tube_annotations(data, 'x.json')


def test_other_files_are_named(tmp_path):
    write_pickle(tmp_path / 'list.pkl', [1])
    with pytest.raises(ValueError, match='holds a list; a dict with the keys'):
        load_tube_annotations(tmp_path / 'list.pkl')
    write_pickle(tmp_path / 'part.pkl', dict(labels=[], nframes={}))
    with pytest.raises(
        ValueError,
        match='lacks gttubes, train_videos, test_videos, '
        "resolution; it has 'labels', 'nframes'",
    ):
        load_tube_annotations(tmp_path / 'part.pkl')
    (tmp_path / 'x.json').write_text('{"labels": ')
    with pytest.raises(ValueError, match=r'x\.json: not readable'):
        load_tube_annotations(tmp_path / 'x.json')
    with pytest.raises(FileNotFoundError):
        load_tube_annotations(tmp_path / 'none.pkl')


class _Attack:
    def __reduce__(self):
        return os.system, ('touch harm',)


def test_code_in_annotations_is_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    data = _data()
    data['gttubes']['run/b'][1].append(_Attack())
    write_pickle(tmp_path / 'GT.pkl', data)
    with pytest.raises(ValueError, match=r'(posix|nt)\.system'):
        load_tube_annotations(tmp_path / 'GT.pkl')
    assert not (tmp_path / 'harm').exists()


@pytest.mark.parametrize('wrong', [1, True, None, b'a.pkl'])
def test_a_path_is_a_string(wrong):
    """`open(1)` opens a file descriptor."""
    with pytest.raises(TypeError, match='load_tube_annotations: path=.* as a string'):
        load_tube_annotations(wrong)
