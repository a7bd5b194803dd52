"""Files of the bank."""

import json
import pickle

import numpy as np
import pytest

from mmvkp.point3d.bank.store import VideoBank, bank_path, load_bank, save_bank

from .bank_files import NETWORK, counting_rows


def test_back_again(tmp_path):
    rows = counting_rows(5)
    path = bank_path(str(tmp_path), 'jump/v_01')
    save_bank(path, VideoBank(rows, NETWORK, 'Resize'))
    assert path == str(tmp_path / 'jump/v_01.npz')
    found = load_bank(path)
    assert (found.network, found.pipeline) == (NETWORK, 'Resize')
    assert found.rows.dtype == np.float16 and (found.rows == rows).all()
    # Other programs read it without pickle, and nothing else is in the folder.
    assert (np.load(path, allow_pickle=False)['rows'] == rows).all()
    assert [each.name for each in (tmp_path / 'jump').iterdir()] == ['v_01.npz']


@pytest.mark.parametrize('name', ['../a', '/etc/passwd', ''])
def test_names_stay_in_the_folder(tmp_path, name):
    with pytest.raises(ValueError, match='not a name inside the folder'):
        bank_path(str(tmp_path), name)


def test_missing_file(tmp_path):
    path = str(tmp_path / 'a.npz')
    with pytest.raises(FileNotFoundError, match='a.npz.*mmvkp data write-bank'):
        load_bank(path)


def save(path, **arrays):
    meta = dict(format='mmvkp-feature-bank', version=1, network=NETWORK)
    arrays = dict(
        dict(rows=counting_rows(2), meta=np.array(json.dumps(meta))), **arrays
    )
    np.savez(path, **{key: value for key, value in arrays.items() if value is not None})


class Loud:
    def __reduce__(self):
        return pytest.fail, ('code of the file was run',)


@pytest.mark.parametrize(
    'arrays, message',
    [
        (dict(meta=None), 'no rows or no meta'),
        (dict(rows=None), 'no rows or no meta'),
        (dict(rows=np.zeros((2, 2, 2))), 'rows are float64'),
        (dict(rows=np.zeros((2, 2), np.float16)), r'float16 \(frames, 1 \+ k, C\)'),
        (dict(rows=np.full((1, 2, 2), np.nan, np.float16)), 'not finite'),
        (dict(meta=np.array('[')), 'meta cannot be read'),
        (dict(meta=np.array('[]')), 'format None'),
        (dict(meta=np.array(json.dumps(dict(format='x')))), "format 'x'"),
        (dict(meta=np.array([Loud()], dtype=object)), 'cannot be read'),
        (dict(rows=np.array([Loud()], dtype=object)), 'cannot be read'),
    ],
)
def test_files_of_another_kind(tmp_path, arrays, message):
    path = str(tmp_path / 'a.npz')
    save(path, **arrays)
    with pytest.raises(ValueError, match=message) as error:
        load_bank(path)
    assert path in str(error.value)


@pytest.mark.parametrize('cut', [0, 10, 100, -5])
def test_damaged_files(tmp_path, cut):
    path = tmp_path / 'a.npz'
    save(path)
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(ValueError, match='a.npz.*write-bank'):
        load_bank(str(path))


def test_a_pickle_is_not_run(tmp_path):
    path = tmp_path / 'a.npz'
    path.write_bytes(pickle.dumps(Loud()))
    with pytest.raises(ValueError, match='not a feature bank'):
        load_bank(str(path))
