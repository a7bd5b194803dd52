"""Values for arguments of constructors."""

import math
import random
from typing import Any, List

import numpy as np
import torch

VALUES: List[Any] = [
    None,
    True,
    False,
    0,
    -1,
    1,
    2,
    3,
    7,
    8,
    16,
    17,
    1.0,
    0.5,
    -0.5,
    1.5,
    0.0,
    1e-300,
    math.nan,
    math.inf,
    '',
    'abc',
    '3',
    'none',
    'False',
    '\u00e9',
    b'x',
    [],
    {},
    [1],
    [1, 2],
    (2, 2),
    (1, 2, 3),
    (0,),
    (0, 1, 2, 3),
    [None],
    ['x'],
    [[1]],
    dict(type='abc'),
    dict(type='ReLU'),
    dict(typo=1),
    {1: 2},
    np.int64(4),
    np.float32(0.5),
    np.array([1, 2]),
    object,
    torch.tensor(3),
]


def near(rnd: random.Random, value: Any) -> Any:
    """A value that resembles the given one."""
    if isinstance(value, bool):
        return rnd.choice([not value, int(value), str(value)])
    if isinstance(value, int):
        return rnd.choice([value - 1, value + 1, -value, 2 * value, float(value)])
    if isinstance(value, float):
        return value * rnd.choice([-1, 2, 0, 10])
    if isinstance(value, str):
        return rnd.choice([value.upper(), value + 'x', value[:-1], value + ' '])
    if isinstance(value, (list, tuple)) and len(value):
        items = list(value)
        return rnd.choice([items[:-1], [*items, items[-1]], items[::-1], items * 2])
    return rnd.choice(VALUES)
