"""Plain data is read from pickles, code is refused."""

import os
import pickle
import time
import tracemalloc
from collections import OrderedDict, defaultdict

import numpy as np
import pytest

from mmvkp.tubes.restricted_pickle import load_restricted_pickle

PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)


def _read(tmp_path, content):
    path = tmp_path / 'data.pkl'
    path.write_bytes(content)
    return load_restricted_pickle(path)


def _round_trip(tmp_path, value, protocol):
    return _read(tmp_path, pickle.dumps(value, protocol=protocol))


@pytest.mark.parametrize('protocol', PROTOCOLS)
@pytest.mark.parametrize(
    'array',
    [
        np.arange(10.0).reshape(2, 5),
        np.asfortranarray(np.arange(6, dtype=np.float32).reshape(2, 3)),
        np.arange(4, dtype='>i2'),
        np.zeros((0, 5)),
        np.array([1, 255], dtype=np.uint8),
        np.array([True, False]),
        np.array(['jump', 'höher']),
        np.array([b'a', b'bc']),
        np.array(3.5),
    ],
)
def test_arrays(tmp_path, array, protocol):
    loaded = _round_trip(tmp_path, array, protocol)
    assert type(loaded) is np.ndarray
    assert loaded.dtype == array.dtype and loaded.shape == array.shape
    assert np.array_equal(loaded, array)
    loaded.flags.writeable = True  # and it owns its memory


@pytest.mark.parametrize('protocol', PROTOCOLS)
def test_plain_data(tmp_path, protocol):
    value = {
        'text': 'höher',
        'bytes': b'\x00\xff',
        'nothing': b'',
        'numbers': [1, -2, 3.5, 2**80, True, None],
        'pair': (240, 320),
        7: {},
    }
    assert _round_trip(tmp_path, value, protocol) == value


@pytest.mark.parametrize('protocol', PROTOCOLS)
def test_numpy_numbers_and_ordered_dicts_become_pythons(tmp_path, protocol):
    value = OrderedDict([(np.int64(3), np.float32(0.5)), ('a', np.bool_(1))])
    loaded = _round_trip(tmp_path, value, protocol)
    assert loaded == {3: 0.5, 'a': True}
    assert type(loaded) is dict
    assert [type(key) for key in loaded] == [int, str]
    assert [type(item) for item in loaded.values()] == [float, bool]


def test_names_of_numpy_2(tmp_path):
    # As NumPy 1 writes it, with the module names of NumPy 2, and the other
    # way round; the length is part of the opcode of a short name.
    for protocol in (0, 2):
        old = pickle.dumps(np.arange(3.0), protocol=protocol)
        swapped = (
            old.replace(b'numpy.core.', b'numpy._core.')
            if b'numpy.core.' in old
            else old.replace(b'numpy._core.', b'numpy.core.')
        )
        assert swapped != old
        assert _read(tmp_path, swapped).tolist() == [0, 1, 2]


def test_pickle_of_python_2(tmp_path):
    # {'name': array([[1., 2.]], dtype=float32)} as Python 2.7 with NumPy 1
    # writes it in protocol 2: strings are bytes, also the content.
    content = (
        b'\x80\x02}q\x00U\x04nameq\x01cnumpy.core.multiarray\n'
        b'_reconstruct\nq\x02cnumpy\nndarray\nq\x03K\x00\x85q\x04'
        b'U\x01bq\x05\x87q\x06Rq\x07(K\x01K\x01K\x02\x86q\x08cnumpy\n'
        b'dtype\nq\tU\x02f4q\nK\x00K\x01\x87q\x0bRq\x0c(K\x03U\x01<'
        b'q\rNNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tq\x0eb\x89U'
        b'\x08\x00\x00\x80?\x00\x00\x00@q\x0ftq\x10bs.'
    )
    loaded = _read(tmp_path, content)
    assert list(loaded) == ['name']
    assert loaded['name'].dtype == np.float32
    assert loaded['name'].tolist() == [[1, 2]]


class _Calls:
    """An object whose pickle calls a function."""

    def __init__(self, function, *args):
        self.call = function, args

    def __reduce__(self):
        return self.call


@pytest.mark.parametrize('protocol', PROTOCOLS)
@pytest.mark.parametrize(
    'function, name',
    [
        (os.system, 'system'),
        (eval, 'eval'),
        (np.load, 'load'),
        (np.fromfile, 'fromfile'),
        (getattr, 'getattr'),
        (pickle.loads, 'loads'),
    ],
)
def test_calls_are_refused_by_name(tmp_path, function, name, protocol):
    target = tmp_path / 'harm'
    argument = (
        f'touch {target}' if function is os.system else f"open({str(target)!r}, 'w')"
    )
    for value in (_Calls(function, argument), [{'a': _Calls(function, argument)}]):
        with pytest.raises(ValueError, match=rf'data\.pkl.*\w+\.{name}\b'):
            _round_trip(tmp_path, value, protocol)
    assert not target.exists()


@pytest.mark.parametrize('protocol', PROTOCOLS)
def test_object_arrays_are_refused(tmp_path, protocol):
    target = tmp_path / 'harm'
    with pytest.raises(ValueError, match='an array of object'):
        _round_trip(tmp_path, np.array([None, 'text']), protocol)
    # What hides in the array is refused as it is met.
    hiding = np.array([_Calls(os.system, f'touch {target}')], dtype=object)
    with pytest.raises(ValueError, match=r'(posix|nt)\.system'):
        _round_trip(tmp_path, hiding, protocol)
    assert not target.exists()


@pytest.mark.parametrize(
    'value, what',
    [
        (np.zeros(2, dtype='f4,i4'), 'named fields'),
        (np.array(['2020-01-01'], dtype='M8[D]'), 'datetime64'),
        (np.ma.masked_array([1.0]), 'numpy.ma'),
        (np.array([1]).view(np.recarray), 'numpy.*recarray'),
        (defaultdict(list), 'collections.defaultdict'),
        ({1, 2}, 'set'),
        (1j, 'complex'),
        (range(3), 'range'),
    ],
)
@pytest.mark.parametrize('protocol', PROTOCOLS)
def test_other_things_are_refused(tmp_path, value, what, protocol):
    with pytest.raises(ValueError, match=what):
        _round_trip(tmp_path, value, protocol)


@pytest.mark.parametrize(
    'content, what',
    [
        # Names beside the allowed ones.
        (b'cnumpy.core.multiarray\nfromfile\n.', 'numpy.core.multiarray.fromfile'),
        (
            b'cnumpy.core.multiarray\nset_string_function\n.',
            'multiarray.set_string_function',
        ),
        (
            b'cnumpy._core.multiarray\nscalar.__class__\n.',
            'multiarray.scalar.__class__',
        ),
        (b'cnumpy.testing._private.utils\nrunstring\n.', 'runstring'),
        (b'c_codecs\ndecode\n.', '_codecs.decode'),
        # An encoding that runs a codec of choice.
        (b'c_codecs\nencode\n(Vtext\nVrot13\ntR.', "encoded as 'rot13'"),
        # Allowed names used for something else.
        (b'cnumpy\nndarray\n(I9\ntR.', 'a call of numpy.ndarray'),
        (b'cnumpy\nndarray\n.', 'a function, class or dtype'),
        (b'cnumpy\ndtype\n(S"f8"\ntR.', 'a function, class or dtype'),
        (
            b'cnumpy.core.multiarray\n_reconstruct\n(cnumpy\ndtype\n(I0\ntS"b"\ntR.',
            'an array of another class',
        ),
        (
            b'cnumpy.core.multiarray\nscalar\n(cnumpy\ndtype\n(S"O"\ntRS"x"\ntR.',
            'an array of object',
        ),
        # A changed function would stay changed for all later files.
        (
            b'c_codecs\nencode\n(N(dS"__defaults__"\n(S"rot13"\ntstb.',
            'a changed function',
        ),
        # More content than the array has room for, and less.
        (
            b'cnumpy.core.multiarray\nscalar\n(cnumpy\ndtype\n(S"f8"\ntRS"x"\ntR.',
            'ValueError',
        ),
        (b'(lp0\ng0\na.', 'contains itself'),
        (b'P1\n.', 'persistent'),
        (b'', 'EOFError'),
        (b'not a pickle', 'damaged|readable'),
    ],
)
def test_attacks(tmp_path, content, what):
    with pytest.raises(ValueError, match=what):
        _read(tmp_path, content)
    # The allowed names still work.
    assert _round_trip(tmp_path, b'text', 2) == b'text'


def test_shared_values_stay_shared(tmp_path):
    value = []
    for _ in range(10):
        value = [value, value]
    loaded = _round_trip(tmp_path, value, 2)
    assert loaded[0] is loaded[1]
    # Sixty lists that contain the next one twice have 2 ** 60 values.
    for _ in range(50):
        value = [value, value]
    with pytest.raises(ValueError, match='values after expansion'):
        _round_trip(tmp_path, value, 2)


def _dtype_of(code):
    return (
        b'cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I0\ntS"b"\ntR(I1\n'
        b'(I0\ntcnumpy\ndtype\n(' + code + b'I0\nI1\ntRI00\nS""\ntb.'
    )


def _doubled(levels):
    """Lists that contain the list below twice."""
    content = b'\x80\x02(S"x"\nlq\x00'
    for level in range(levels):
        one = b'h' + bytes([level])
        content += b'(' + one + one + b'lq' + bytes([level + 1])
    return content


@pytest.mark.parametrize(
    'content',
    [
        b'\x80\x02Nr\xff\xff\xff\x7f.',
        b'\x80\x02Nr\x00\x00\x00\x10.',
        _doubled(34) + b'0' + _dtype_of(b'h\x22'),
        _doubled(34) + b'0c_codecs\nencode\n(S"a"\nh\x22tR.',
        _dtype_of(b'S"' + b'f8,' * 1000 + b'f8"\n'),
        _dtype_of(b'S"(2,3)f8"\n'),
        b'(' * 200000 + b't' * 200000 + b'.',
        b'I' + b'9' * 200000 + b'\n.',
    ],
)
def test_small_files_take_little_time_and_memory(tmp_path, content):
    tracemalloc.start()
    start = time.perf_counter()
    with pytest.raises(ValueError) as error:
        _read(tmp_path, content)
    assert time.perf_counter() - start < 5
    assert tracemalloc.get_traced_memory()[1] < 64 * 2**20
    tracemalloc.stop()
    assert len(str(error.value)) < 800


def test_truncated_file_is_named(tmp_path):
    content = pickle.dumps(np.arange(100.0), protocol=2)
    for length in (10, len(content) // 2, len(content) - 1):
        with pytest.raises(ValueError, match=r'data\.pkl'):
            _read(tmp_path, content[:length])


def test_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError):
        load_restricted_pickle(tmp_path / 'none.pkl')
