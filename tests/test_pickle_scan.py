"""Small pickles cannot take memory or time without limit."""

import io
import pickle
import time
from collections import OrderedDict

import numpy as np
import pytest

from mmvkp.pickle_scan import scan_pickle

PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)


@pytest.mark.parametrize('protocol', PROTOCOLS)
@pytest.mark.parametrize(
    'value, size',
    [
        (1, 1),
        ('text', 1),
        ([1, 2, 3], 4),
        ({'a': (1, 2), 'b': b''}, None),
        ((), None),
        ([[]] * 3, 4),
        ({1, 2}, None),
        (OrderedDict(a=1), None),
        (np.arange(3.0), None),
        (np.float32(1), None),
        ([True, None, 2**100, -(2**100), 1.5], 6),
        (list(range(2000)), 2001),
    ],
)
def test_plain_data_is_accepted(value, size, protocol):
    found, _ = scan_pickle(pickle.dumps(value, protocol))
    if size:
        assert found == size


def doubled(levels):
    """Lists that contain the list below twice: 2 ** levels leaves."""
    content = b'\x80\x02](K\x01eq\x00'
    for level in range(levels):
        content += b'](h' + bytes([level]) + b'h' + bytes([level]) + b'e'
        content += b'q' + bytes([level + 1])
    return content + b'.'


def test_the_size_is_that_of_the_expanded_value():
    """1 leaf in a list, then each level has one list and both halves."""
    assert scan_pickle(doubled(3)) == (2 * (2 * (2 * 2 + 1) + 1) + 1, 4)
    assert len(str(pickle.loads(doubled(3)))) == 8 * 3 + 4 * 4 + 2 * 4 + 4  # [[..], ..]


@pytest.mark.parametrize(
    'content, what',
    [
        (doubled(40), 'more than 5000000 values'),
        (b'\x80\x02N' + b'r\xff\xff\xff\x7f.', 'the memo index'),
        (b'\x80\x02N' + b'p99999999\n.', 'the memo index'),
        (b'(' * 100 + b't' * 100 + b'.', 'nested containers'),
        (b'\x80\x02N' + b'\x85' * 100000 + b'.', 'nested containers'),
        (b'](lq\x00h\x00a.', 'contains itself'),
        (b'(lq\x00h\x00a.', 'contains itself'),
        (b'}q\x00S"a"\nh\x00s.', 'contains itself'),
        (b'\x80\x02\x8b\x90\x01\x00\x00' + b'\x7f' * 400 + b'.', 'an integer of 3199'),
        (b'\x80\x05\x97.', 'the opcode NEXT_BUFFER'),
        (b'\x80\x02\x82\x01.', 'the opcode EXT1'),
        (b'P1\n.', 'the opcode PERSID'),
        (b'K\x01K\x02a.', 'changes after'),
        (b'cos\nsystem\n}b.', 'a changed function'),
        (b'a.', 'a missing value'),
        (b't.', 'a missing mark'),
        (b'h\x05.', 'an unknown memo index'),
        (b'(\x85.', 'a missing value'),
    ],
)
def test_bounds(content, what):
    start = time.perf_counter()
    with pytest.raises(pickle.UnpicklingError, match=what):
        scan_pickle(content)
    assert time.perf_counter() - start < 2


def test_hashing_of_shared_keys_is_counted():
    """Each use of the same large key takes the time of its expansion."""
    content = b'\x80\x02K\x01\x85q\x00'
    for level in range(20):
        content += b'h' + bytes([level]) + b'h' + bytes([level]) + b'\x86'
        content += b'q' + bytes([level + 1])
    content += b'}' + b'h\x14K\x01s' * 4 + b'.'
    with pytest.raises(pickle.UnpicklingError, match='values after expansion'):
        scan_pickle(content)


@pytest.mark.parametrize(
    'content',
    [
        b'',
        b'\x80\x02',
        b'<html>',
        b'\x80\x04\x8e' + (1 << 40).to_bytes(8, 'little') + b'abc.',
        b'I' + b'9' * 10000 + b'\n.',
    ],
)
def test_other_files_are_not_pickles(content):
    with pytest.raises((ValueError, pickle.UnpicklingError)):
        scan_pickle(content)


def test_a_file_is_read_up_to_the_end_of_the_pickle():
    file = io.BytesIO(pickle.dumps([1]) + pickle.dumps((2, 3)))
    assert scan_pickle(file)[0] == 2
    assert scan_pickle(file)[0] == 3


@pytest.mark.parametrize('protocol', PROTOCOLS)
def test_random_values_have_the_size_of_a_recursive_count(protocol):
    rng = np.random.default_rng(protocol)

    def make(level):
        kind = rng.integers(4 if level else 1)
        if kind == 0:
            return int(rng.integers(1000))
        items = [make(level - 1) for _ in range(rng.integers(1, 4))]
        return items if kind == 1 else dict(enumerate(items))

    def count(value):
        if isinstance(value, dict):
            return 1 + sum(1 + count(item) for item in value.values())
        return 1 + sum(map(count, value)) if isinstance(value, list) else 1

    for _ in range(20):
        value = make(5)
        assert scan_pickle(pickle.dumps(value, protocol))[0] == count(value)
