"""Pickles of annotations, read without running anything they contain.

A pickle is a program: it names functions and calls them. Here the few names
that arrays, numbers and strings need lead to functions of this file, which
only collect their parts; every other name is refused before it is imported.
What comes out is then rebuilt from plain values alone.
"""

import io
import pickle
from os import PathLike
from typing import Any, Callable, Dict, Optional, Tuple, Union

import numpy as np

# What arrays may hold: booleans, whole and real numbers, strings.
_KINDS = 'biufSU'
_PLAIN = (bool, int, float, str, bytes, type(None))


class _DtypeParts:
    """The parts of a NumPy dtype; its value is known when all have come."""

    def __init__(self, code: Any) -> None:
        self.code = code
        self.order = '='

    def __setstate__(self, state: Tuple) -> None:
        """Take byte order and fields as `numpy.dtype.__reduce__` gives
        them."""
        # (version, byte order, sub-array, field names, fields, ...)
        if any(part is not None for part in state[2:5]):
            raise pickle.UnpicklingError('an array with named fields or sub-arrays')
        self.order = state[1]

    def value(self) -> np.dtype:
        """The dtype, if its arrays can hold numbers or strings only."""
        try:
            dtype = np.dtype(str(self.code))
        except TypeError as error:
            raise pickle.UnpicklingError(f'an array of {self.code!r}') from error
        if dtype.kind not in _KINDS:
            raise pickle.UnpicklingError(f'an array of {dtype.name}')
        return dtype if self.order == '|' else dtype.newbyteorder(self.order)


class _ArrayParts:
    """An array before its content has come."""

    def __init__(self) -> None:
        self.array = np.zeros(0)

    def __setstate__(self, state: Tuple) -> None:
        """Take shape, dtype, order and content as `ndarray.__reduce__` gives
        them."""
        shape, dtype, fortran, content = state[-4:]
        self.array = _array_from(content, dtype, shape, 'F' if fortran else 'C')


def _array_from(content: Any, dtype: Any, shape: Any, order: Any) -> np.ndarray:
    """An array of its own from raw bytes.

    Python 2 wrote bytes as strings.
    """
    if not isinstance(dtype, _DtypeParts):
        raise pickle.UnpicklingError('an array without a dtype')
    kind = dtype.value()
    if isinstance(content, str):
        content = content.encode('latin1')
    if not isinstance(content, (bytes, bytearray)):
        raise pickle.UnpicklingError('an array without raw content')
    flat = np.frombuffer(content, kind) if content else np.zeros(0, kind)
    return flat.reshape(shape, order='F' if order == 'F' else 'C').copy()


class _StandIn:
    """What a pickle gets for a name; it can be called, but not changed."""

    def __init__(self, call: Optional[Callable] = None) -> None:
        self.call = call

    def __call__(self, *args: Any) -> Any:
        """Collect parts."""
        if self.call is None:
            raise pickle.UnpicklingError('a call of numpy.ndarray')
        return self.call(*args)

    def __setstate__(self, state: Any) -> None:
        """Refuse: without this a pickle could set attributes."""
        raise pickle.UnpicklingError('a changed function')


def _reconstruct(token: Any, *_: Any) -> _ArrayParts:
    """An array whose content comes later."""
    if token is not _ALLOWED['numpy', 'ndarray']:
        raise pickle.UnpicklingError('an array of another class')
    return _ArrayParts()


def _frombuffer(content: Any, dtype: Any, shape: Any, order: Any) -> np.ndarray:
    """An array of protocol 5."""
    return _array_from(content, dtype, shape, order)


def _scalar(dtype: Any, content: Any = b'') -> Any:
    """A NumPy number, as Python's."""
    return _array_from(content, dtype, (), 'C').item()


def _dtype(code: Any, *_: Any) -> _DtypeParts:
    """A dtype whose byte order comes later."""
    return _DtypeParts(code)


def _encode(text: Any, encoding: Any = 'latin1') -> bytes:
    """Bytes that Python 3 wrote for Python 2."""
    if not isinstance(text, str) or encoding not in ('latin1', 'latin-1'):
        raise pickle.UnpicklingError(f'bytes encoded as {encoding!r}')
    return text.encode('latin1')


def _empty_bytes() -> bytes:
    """No bytes, written for Python 2."""
    return b''


def _ordered_dict(pairs: Any = ()) -> dict:
    """A dict that was an ordered one."""
    return dict(pairs)


_ALLOWED: Dict[Tuple[str, str], _StandIn] = {
    ('numpy', 'ndarray'): _StandIn(),
    ('numpy', 'dtype'): _StandIn(_dtype),
    ('_codecs', 'encode'): _StandIn(_encode),
    ('__builtin__', 'bytes'): _StandIn(_empty_bytes),
    ('builtins', 'bytes'): _StandIn(_empty_bytes),
    ('collections', 'OrderedDict'): _StandIn(_ordered_dict),
}
for _core in ('numpy.core', 'numpy._core'):
    _ALLOWED[f'{_core}.multiarray', '_reconstruct'] = _StandIn(_reconstruct)
    _ALLOWED[f'{_core}.multiarray', 'scalar'] = _StandIn(_scalar)
    _ALLOWED[f'{_core}.numeric', '_frombuffer'] = _StandIn(_frombuffer)


class _RestrictedUnpickler(pickle.Unpickler):
    """An unpickler that imports nothing."""

    def find_class(self, module: str, name: str) -> Any:
        """The stand-in of an allowed name."""
        try:
            return _ALLOWED[module, name]
        except KeyError:
            raise pickle.UnpicklingError(f'{module}.{name}') from None


def _plain(value: Any, done: Dict[int, Any]) -> Any:
    """A copy of built-in containers, arrays, numbers and strings.

    `done` keeps what is shared shared, so that a small file cannot become
    a large structure, and marks what is being copied.
    """
    if isinstance(value, _ArrayParts):
        return value.array
    if type(value) in _PLAIN or type(value) is np.ndarray:
        return value
    if type(value) not in (list, tuple, dict):
        raise pickle.UnpicklingError(
            'a function, class or dtype'
            if isinstance(value, (_StandIn, _DtypeParts))
            else f'a {type(value).__name__}'
        )
    if id(value) not in done:
        done[id(value)] = None
        if type(value) is dict:
            done[id(value)] = {
                _plain(key, done): _plain(item, done) for key, item in value.items()
            }
        else:
            done[id(value)] = type(value)(_plain(item, done) for item in value)
    elif done[id(value)] is None:
        raise pickle.UnpicklingError('a container that contains itself')
    return done[id(value)]


def load_restricted_pickle(path: Union[str, PathLike]) -> Any:
    """Read a pickle that may hold data, but nothing that could run.

    Pickles of Python 2 and 3 and of NumPy 1 and 2 are read; strings of
    Python 2 are taken as Latin-1.

    Args:
        path (str | PathLike): File to read.

    Returns:
        Any: Lists, tuples, dicts (ordered ones become plain), strings, bytes,
        numbers, None, and NumPy arrays of booleans, numbers or strings. NumPy
        numbers become Python's.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the pickle wants to build anything else, which is then
            named, or is damaged.
    """
    with open(path, 'rb') as file:
        content = file.read()
    try:
        value = _RestrictedUnpickler(io.BytesIO(content), encoding='latin1').load()
        return _plain(value, {})
    except pickle.UnpicklingError as error:
        # The messages of this file are noun phrases; those of Python are not.
        raise ValueError(
            f'{path}: this pickle is damaged or holds more than plain data: '
            f'{error}. Only lists, tuples, dicts, strings, numbers and arrays '
            'of numbers or strings are built; nothing else is read, because '
            'a pickle can run code.'
        ) from error
    except Exception as error:
        raise ValueError(
            f'{path}: this is not a readable pickle ({type(error).__name__}: '
            f'{error}). It may be cut off, or a file of another kind.'
        ) from error
