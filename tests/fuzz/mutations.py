"""Random changes of values, nested structures and bytes."""

import random
from typing import Any, List, Sequence

import numpy as np

# Values that occur in JSON.
PLAIN: List[Any] = [
    None,
    True,
    False,
    0,
    -1,
    1,
    3,
    10**9,
    10**18,
    10**400,
    -(10**400),
    1.5,
    float('nan'),
    float('inf'),
    -float('inf'),
    '',
    'x',
    '1',
    '01',
    'nan',
    '\u0663',
    '\u00e4\u202e',
    '\x00',
    '../../x',
    '/etc/passwd',
    'a' * 10000,
    [],
    {},
    [[]],
    [None],
    {'a': 1},
    [1, 2],
    [[1, 2, 3, 4, 5]],
    [[float('nan')] * 5],
    [['x'] * 5],
    [[10**400] * 5],
    [[1, 2], [3]],
]
# Values that occur in pickles.
PYTHON: List[Any] = [
    *PLAIN,
    b'\xff',
    b'',
    np.zeros(0),
    np.zeros((0, 5)),
    np.zeros((2, 5)),
    np.array(['x']),
    np.array([1e39]),
    np.int64(3),
    np.float32('nan'),
    (1,),
    (1, 2),
    (0, 0),
    (-1, 5),
    ('a', 'b'),
    np.arange(3),
]
# Spellings of numbers in text files.
NUMBERS = [
    '',
    'x',
    '-1',
    '0',
    '3',
    '1.5',
    '902.5',
    'nan',
    'inf',
    '-inf',
    '1e3',
    '1e9',
    '1e20',
    '1e400',
    '99999999999999999999',
    '1_000',
    '\u0663',
    '\u00b2',
    '0x10',
    ' 5 ',
    '"',
    'a\x00b',
    'a' * 1000,
    '../x',
    '/etc/x',
]


def mutate(rnd: random.Random, value: Any, values: Sequence[Any] = PLAIN) -> Any:
    """Change one part of a nested structure; the input is not modified."""
    return _mutate(rnd, value, values, 0)


def _mutate(rnd: random.Random, value: Any, values: Sequence[Any], depth: int) -> Any:
    inner = isinstance(value, (dict, list, tuple)) and len(value)
    if not inner or (depth and rnd.random() < 0.25):
        return rnd.choice(values)
    how = rnd.random()
    if isinstance(value, dict):
        result = dict(value)
        key = rnd.choice(list(result))
        if how < 0.1:
            del result[key]
        elif how < 0.2:
            content, other = result.pop(key), rnd.choice(values)
            try:
                result[other] = content
            except TypeError:
                result[str(other)] = content
        elif how < 0.25:
            # The same key in another type.
            result[str(key) if not isinstance(key, str) else key + ' '] = result[key]
        else:
            result[key] = _mutate(rnd, result[key], values, depth + 1)
        return result
    items = list(value)
    place = rnd.randrange(len(items))
    if how < 0.1:
        del items[place]
    elif how < 0.2:
        items.insert(place, rnd.choice(values))
    elif how < 0.3:
        items = items + items
    else:
        items[place] = _mutate(rnd, items[place], values, depth + 1)
    return type(value)(items)


def mutate_bytes(rnd: random.Random, content: bytes) -> bytes:
    """Truncate, overwrite, insert, delete or repeat bytes."""
    data, how = bytearray(content), rnd.random()
    if not data:
        return b'x'
    place = rnd.randrange(len(data))
    if how < 0.25:
        del data[place:]
    elif how < 0.75:
        for _ in range(rnd.choice([1, 1, 2, 5, 20])):
            other = data[rnd.randrange(len(data))]
            data[rnd.randrange(len(data))] = rnd.choice(
                [0, 255, rnd.randrange(256), other]
            )
    elif how < 0.85:
        data[place:place] = rnd.randbytes(rnd.randrange(1, 9))
    elif how < 0.95:
        del data[place : place + rnd.randrange(1, 20)]
    else:
        data = data * 2
    return bytes(data)


def to_json(value: Any) -> Any:
    """The same structure with lists in place of arrays and strings as keys."""
    if isinstance(value, dict):
        return {str(key): to_json(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_json(each) for each in value]
    return value.tolist() if isinstance(value, np.ndarray) else value
