"""MATLAB files: equal to SciPy's reading; damaged ones are refused by name."""

import io
import struct
import warnings
import zlib
from pathlib import Path

import numpy as np
import pytest
import scipy.io
from scipy.io import loadmat, savemat
from scipy.sparse import csc_matrix

from mmvkp.tubes import mat_files
from mmvkp.tubes.mat_files import load_mat_variable

# Files that several versions of MATLAB wrote; some installations lack them.
MATLAB = Path(scipy.io.__file__).parent / 'matlab/tests/data'
READ = """
    testdouble testmatrix testminus testmulti teststring teststringarray testonechar
    testcell testcellnest testemptycell teststructarr teststructnest testunicode
    test3dmatrix testvec
"""


def same(ours, wanted):
    """Equal arrays, also in cells and structs."""
    names = wanted.dtype.names
    if ours.shape != wanted.shape or ours.dtype.names != names:
        return False
    if names or wanted.dtype == object:
        fields = list(names) if names else [slice(None)]
        return all(
            same(a, b)
            for field in fields
            for a, b in zip(ours[field].ravel(), wanted[field].ravel())
        )
    return ours.dtype.kind == wanted.dtype.kind and np.array_equal(ours, wanted)


@pytest.mark.skipif(not MATLAB.is_dir(), reason='SciPy was installed without its tests')
def test_files_of_matlab():
    count = 0
    for path in sorted(MATLAB.glob('*_[5678].[0-9]*.mat')):
        if path.name.split('_')[0] in READ.split():
            for name, wanted in loadmat(path).items():
                if not name.startswith('__'):
                    assert same(load_mat_variable(path, name), wanted), path.name
                    count += 1
    assert count > 40


def write(path, compressed, **content):
    out = io.BytesIO()
    savemat(out, content, do_compression=compressed)
    path.write_bytes(out.getvalue())
    return bytearray(out.getvalue())


def annot():
    """One video with a tube, as in finalAnnots.mat."""
    tube = np.zeros((1, 1), [('sf', object), ('boxes', object)])
    tube[0, 0] = (3.0, np.arange(20.0).reshape(5, 4))
    video = np.zeros((1, 2), [('name', object), ('tubes', object)])
    video[0, 0], video[0, 1] = ('a/v1', tube), ('b/v2', np.zeros((0, 0)))
    return video


@pytest.mark.parametrize('compressed', [True, False])
def test_written_variables(tmp_path, compressed):
    path = tmp_path / 'a.mat'
    mask = np.random.default_rng(0).integers(0, 9, (2, 3, 4)).astype(np.uint8)
    cell = np.array([[1.5, 'a'], ['bc', None]], object)
    cell[1, 1] = np.zeros((0, 4))
    content = dict(first=1.0, annot=annot(), mask=mask, cell=cell, text=['ab', 'c'])
    write(path, compressed, **content)
    ours = load_mat_variable(path, 'annot')
    assert ours['name'][0, 1].item() == 'b/v2'
    assert ours['tubes'][0, 0]['boxes'][0, 0].tolist() == [
        [0, 1, 2, 3],
        [4, 5, 6, 7],
        [8, 9, 10, 11],
        [12, 13, 14, 15],
        [16, 17, 18, 19],
    ]
    assert np.array_equal(load_mat_variable(path, 'mask'), mask)
    for name in content:
        assert same(load_mat_variable(path, name), loadmat(path)[name])
    assert load_mat_variable(path, 'other') is None
    write(path, compressed, flags=np.array([[True, False]]))
    assert load_mat_variable(path, 'flags').tolist() == [[True, False]]
    write(path, compressed, flags=np.array([[True, False]]), text='')
    assert load_mat_variable(path, 'text').shape == (0,)


def matrix(order, kind, shape, *parts, name=b'x'):
    """A variable by hand: flags, shape and name, then the given elements."""
    pack = f'{order}{{}}'.format
    element = b''.join(
        struct.pack(pack('II'), code, len(data)) + data + bytes(-len(data) % 8)
        for code, data in (
            (6, struct.pack(pack('II'), kind, 0)),
            (5, struct.pack(pack(f'{len(shape)}i'), *shape)),
            (1, name),
            *parts,
        )
    )
    return struct.pack(pack('II'), 14, len(element)) + element


def save(path, *variables, order='<'):
    mark = b'\0\1IM' if order == '<' else b'\1\0MI'
    path.write_bytes(bytes(124) + mark + b''.join(variables))


@pytest.mark.parametrize('order', '<>')
def test_bytes_by_hand(tmp_path, order):
    """A matrix [1 3; 2 4] of class double (6), stored as 16 bits, by columns."""
    path = tmp_path / 'a.mat'
    numbers = (3, struct.pack(f'{order}4h', 1, 2, 3, -4))
    save(path, matrix(order, 6, (2, 2), numbers), order=order)
    assert load_mat_variable(path, 'x').tolist() == [[1, 3], [2, -4]]
    text = (17, 'äb'.encode('utf-16-le' if order == '<' else 'utf-16-be'))
    save(path, matrix(order, 4, (1, 2), text), order=order)
    assert load_mat_variable(path, 'x').tolist() == ['äb']


# SciPy crashes on the first and the third.
@pytest.mark.parametrize(
    'old, new, message',
    [
        ([9, 0, 0, 0, 160, 0, 0, 0], [0], 'numbers have the unknown type 0'),
        ([6, 0, 0, 0, 8, 0, 0, 0, 6], [6, 0, 0, 0, 8, 0, 0, 0, 0], 'of class 0'),
        ([6, 0, 0, 0, 8, 0, 0, 0, 6, 0], [6, 0, 0, 0, 8, 0, 0, 0, 6, 8], 'complex'),
        ([5, 0, 0, 0, 8, 0, 0, 0, 5], [5, 0, 0, 0, 8, 0, 0, 0, 4], '20 numbers of'),
        ([9, 0, 0, 0, 160, 0, 0, 0], [9, 0, 0, 0, 255], 'longer than the one'),
    ],
)
def test_damaged_arrays(tmp_path, old, new, message):
    path = tmp_path / 'a.mat'
    content = write(path, False, annot=annot())
    place = content.rindex(bytes(old), 0, content.index(bytes([9, 0, 0, 0, 160])) + 9)
    content[place : place + len(new)] = bytes(new)
    path.write_bytes(content)
    with pytest.raises(ValueError, match=rf'a\.mat: not a readable \.mat .*{message}'):
        load_mat_variable(path, 'annot')


@pytest.mark.parametrize('compressed', [True, False])
def test_changed_bytes(tmp_path, compressed):
    """A changed byte or length gives an array, no array, or a ValueError."""
    path = tmp_path / 'a.mat'
    content = write(path, compressed, annot=annot())
    for place in range(124, len(content), 3 if compressed else 11):
        path.write_bytes(content[:place])
        if place > 128:
            with pytest.raises(ValueError, match='not a readable'):
                load_mat_variable(path, 'annot')
        for value in (0, content[place] ^ 1, 8, 14, 255):
            changed = bytearray(content)
            changed[place] = value
            path.write_bytes(changed)
            try:
                load_mat_variable(path, 'annot')
            except ValueError as error:
                assert str(error).startswith(f'{path}: not a readable .mat file')


def test_other_kinds_and_versions(tmp_path):
    path = tmp_path / 'a.mat'
    write(path, True, x=csc_matrix(np.eye(3)), y=[1j], z={}, n=1)
    assert load_mat_variable(path, 'n').item() == 1
    for name, message in (('x', 'kind sparse'), ('y', 'kind complex'), ('z', 'fields')):
        with pytest.raises(ValueError, match=rf'a\.mat: .*{message}'):
            load_mat_variable(path, name)
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        savemat(path, dict(x=1), format='4')
    with pytest.raises(ValueError, match='save it again as version 7'):
        load_mat_variable(path, 'x')
    path.write_bytes(bytes(124) + b'\0\2IM' + bytes(999))
    with pytest.raises(ValueError, match='Versions 5 to 7 are read'):
        load_mat_variable(path, 'x')
    with pytest.raises(FileNotFoundError):
        load_mat_variable(tmp_path / 'missing.mat', 'x')


def test_bounds(tmp_path, monkeypatch):
    path = tmp_path / 'a.mat'
    content = zlib.compress(bytes(100 << 20))
    save(path, struct.pack('<II', 15, len(content)) + content)
    with pytest.raises(ValueError, match='its compressed variables are larger'):
        load_mat_variable(path, 'x')
    value = 1.0
    for _ in range(60):
        value = np.array([value, None], object)[:1]
    write(path, True, x=value)
    with pytest.raises(ValueError, match='nested more than 50 deep'):
        load_mat_variable(path, 'x')
    write(path, True, x=np.ones((1, 30), object))
    monkeypatch.setattr(mat_files, 'MAX_ELEMENTS', 100)
    with pytest.raises(ValueError, match='more than 100 elements'):
        load_mat_variable(path, 'x')
    # A small file with a long axis next to an empty one.
    save(path, matrix('<', 6, (0, 2**31 - 1), (9, b'')))
    assert load_mat_variable(path, 'x').shape == (0, 2**31 - 1)
    save(path, matrix('<', 6, (0, 2**31 - 1, 2**31 - 1, 2**31 - 1), (9, b'')))
    with pytest.raises(ValueError, match='not a readable'):
        load_mat_variable(path, 'x')
