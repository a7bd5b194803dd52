"""Arrays and histories of a checkpoint hold numbers only."""

import io
import pickle

import numpy as np
import pytest
import torch
from mmengine.logging import HistoryBuffer
from mmengine.utils import digit_version
from torch import _weights_only_unpickler

import mmvkp  # noqa: F401  extends torch's list

# Before torch 2.6 the list of torch is not extended.
new_torch = pytest.mark.skipif(
    digit_version(torch.__version__) < digit_version('2.6'),
    reason='torch.load has the older default',
)


def load_bytes(pickled):
    """Load a raw pickle like the pickle in a checkpoint."""
    return _weights_only_unpickler.load(io.BytesIO(pickled), encoding='utf-8')


def text(value):
    return b'X' + len(value).to_bytes(4, 'little') + value.encode()


NDARRAY = b'cnumpy\nndarray\n'
RECONSTRUCT = b'cnumpy.core.multiarray\n_reconstruct\n' + NDARRAY + b'K\x00\x85'
RECONSTRUCT += text('b') + b'\x87R'
HISTORY = b'cmmengine.logging.history_buffer\nHistoryBuffer\n'


def raw(count):
    """Bytes as protocol 2 writes them."""
    return b'c_codecs\nencode\n' + text('A' * count) + text('latin1') + b'\x86R'


def dtype(code='f8', order='<', parts=b'NNN', flags=0):
    """A dtype with the state that `numpy.dtype.__reduce__` returns."""
    content = b'cnumpy\ndtype\n' + text(code) + b'\x85R(K\x03' + text(order) + parts
    return content + b'J\xff\xff\xff\xff' * 2 + b'K' + bytes([flags]) + b'tb'


def array(kind, content, shape=b'K\x01\x85'):
    return RECONSTRUCT + b'(K\x01' + shape + kind + b'\x89' + content + b'tb'


def history(values):
    return (
        HISTORY + b')\x81}(' + text('_log_history') + values + text('_count_history')
    ) + (b'](K\x01e' + text('max_length') + b'K\x05ub')


@new_torch
def test_the_parts_of_the_attacks_are_valid():
    """The same content as written by NumPy and MMEngine is read."""
    value = np.frombuffer(b'A' * 8, 'f8')
    read = load_bytes(b'\x80\x02' + array(dtype(), raw(8)) + b'.')
    assert read.dtype == np.float64 and read.tolist() == value.tolist()
    assert read.flags.writeable and read.flags.owndata
    big = load_bytes(b'\x80\x02' + array(dtype(order='>'), raw(8)) + b'.')
    assert big.tolist() == np.frombuffer(b'A' * 8, '>f8').tolist()
    buffer = load_bytes(b'\x80\x02' + history(b'](K\x07e') + b'.')
    assert type(buffer) is HistoryBuffer and buffer.current() == 7
    assert buffer.max_length == 5


ATTACKS = dict(
    objects_in_bytes=NDARRAY + b'(K\x01\x85' + text('O') + raw(8) + b'tR',
    huge_array=NDARRAY + b'J\x00\xca\x9a\x3b\x85' + text('f8') + b'\x86R',
    strides=NDARRAY + b'(K\x64\x85' + text('f8') + raw(8) + b'K\x00K\x08\x85tR',
    object_dtype=array(dtype('O'), raw(8)),
    object_list=array(dtype(flags=2), b']K\x01a'),
    pointer=b'cnumpy.core.multiarray\nscalar\n'
    + dtype(flags=4)
    + text('abc')
    + b'\x86R',
    object_scalar=b'cnumpy.core.multiarray\nscalar\n' + dtype(order='|') + b'N\x86R',
    sub_array=array(dtype(parts=dtype() + b'J\x00\x00\x01\x00\x85\x86NN'), raw(8)),
    field_beyond_the_item=array(
        dtype(
            parts=b'N'
            + text('a')
            + b'\x85}'
            + text('a')
            + dtype()
            + b'J\x00\x00\x01\x00\x86s'
        ),
        raw(8),
    ),
    several_dtypes=array(dtype('f8,O'), raw(16)),
    shaped_dtype=array(dtype('(2,)f8'), raw(16)),
    short_content=array(dtype(), raw(8), b'K\x02\x85'),
    long_content=array(dtype(), raw(16)),
    negative_shape=array(dtype(), raw(8), b'J\xff\xff\xff\xff\x85'),
    text_shape=array(dtype(), raw(8), text('a') + b'\x85'),
    booleans_of_65=array(dtype('?', '|'), raw(1)),
    dtype_of_numpy=b'cnumpy.dtypes\nFloat64DType\n)R',
    another_class=b'cnumpy.core.multiarray\n_reconstruct\ncnumpy\ndtype\n'
    + b'K\x00\x85'
    + text('b')
    + b'\x87R',
    history_arguments=HISTORY + b']]J\x00\xca\x9a\x3b\x87R',
    history_of_lists=history(b'](]K\x01a]K\x01ae'),
    history_of_text=history(b'](' + text('a') + b'e'),
    history_state=HISTORY + b')\x81](K\x01eb',
    schedule=b'cmmengine.optim.scheduler.param_scheduler\nOneCycleParamScheduler\n)\x81',
)


@new_torch
@pytest.mark.parametrize('name', ATTACKS)
def test_arrays_of_a_file_hold_numbers_only(name):
    """NumPy's own functions crash on some of these or read foreign memory."""
    with pytest.raises(pickle.UnpicklingError, match='was refused|nsupported global'):
        load_bytes(b'\x80\x02' + ATTACKS[name] + b'.')


@new_torch
def test_flags_of_a_dtype_are_not_used():
    """With NumPy's flags, bytes become pointers to objects."""
    read = load_bytes(b'\x80\x02' + array(dtype(flags=0x3F), raw(8)) + b'.')
    assert not read.dtype.hasobject and read.dtype == np.float64
    number = load_bytes(
        b'\x80\x02cnumpy.core.multiarray\nscalar\n'
        + dtype(flags=0x3F)
        + raw(8)
        + b'\x86R.'
    )
    assert type(number) is np.float64
    assert not np.dtype('f8').hasobject and np.dtype('f8').isnative


@new_torch
def test_restored_arrays_are_saved_as_plain_arrays(tmp_path):
    torch.save(dict(a=np.arange(6.0).reshape(2, 3)), tmp_path / 'a.pth')
    loaded = torch.load(tmp_path / 'a.pth', weights_only=True)['a']
    assert isinstance(loaded, np.ndarray)
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        content = pickle.dumps(loaded, protocol)
        assert b'mmvkp' not in content
        assert type(pickle.loads(content)) is np.ndarray
    assert (loaded + 1).tolist() == [[1, 2, 3], [4, 5, 6]]
    assert loaded[1].sum() == 12


@new_torch
@pytest.mark.parametrize('code', ['?', *'bhilqBHILQefdFD'])
def test_arrays_of_all_numbers_are_read(code):
    value = np.array([0, 1, 1]).astype(code)
    read = load_bytes(pickle.dumps([value, value[1]], protocol=2))
    assert read[0].dtype == value.dtype and read[0].tolist() == value.tolist()
    assert read[1].dtype == value.dtype and read[1] == value[1]
