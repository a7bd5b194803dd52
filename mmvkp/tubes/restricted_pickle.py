"""Reader of pickles that executes nothing they contain.

A pickle is a program: it names functions and calls them. This reader replaces
the few names that arrays, numbers and strings need by functions of this file,
which only collect the parts. Every other name is refused before it is imported.
The result is then rebuilt from plain values. The size and the nesting of the result are
bounded before anything is built, see `scan_pickle`.
"""

import io
import pickle
import re
from os import PathLike
from typing import Any, Callable, Dict, Optional, Tuple, Union

import numpy as np

from ..checks import shorten
from ..files import read_bytes
from ..pickle_scan import scan_pickle

# Allowed types of arrays: booleans, integers, real numbers, strings.
_KINDS = 'biufSU'
_CODE = re.compile(r'[<>=|]?[?a-zA-Z]\d{0,9}')
_PLAIN = (bool, int, float, str, bytes, type(None))


class _DtypeParts:
    """Parts of a NumPy dtype, which arrive one after the other."""

    def __init__(self, code: Any) -> None:
        self.code = code
        self.order: Any = '='

    def __setstate__(self, state: Tuple) -> None:
        """Store the state that `numpy.dtype.__reduce__` returns."""
        # (version, byte order, sub-array, field names, fields, ...)
        if any(part is not None for part in state[2:5]):
            raise pickle.UnpicklingError('an array with named fields or sub-arrays')
        self.order = state[1]

    def value(self) -> np.dtype:
        """The dtype; only numbers and strings are allowed."""
        code = self.code.decode('latin1') if type(self.code) is bytes else self.code
        if type(code) is not str or not _CODE.fullmatch(code):
            raise pickle.UnpicklingError(f'an array of {shorten(code)}')
        try:
            dtype = np.dtype(code)
        except TypeError as error:
            raise pickle.UnpicklingError(f'an array of {shorten(code)}') from error
        if dtype.kind not in _KINDS:
            raise pickle.UnpicklingError(f'an array of {dtype.name}')
        if self.order not in ('<', '>', '=', '|'):
            raise pickle.UnpicklingError('an array of an unknown byte order')
        return dtype if self.order == '|' else dtype.newbyteorder(self.order)


class _ArrayParts:
    """An array whose content arrives later."""

    def __init__(self) -> None:
        self.array = np.zeros(0)

    def __setstate__(self, state: Tuple) -> None:
        """Store the state that `ndarray.__reduce__` returns."""
        shape, dtype, fortran, content = state[-4:]
        self.array = _array_from(content, dtype, shape, 'F' if fortran else 'C')


def _array_from(content: Any, dtype: Any, shape: Any, order: Any) -> np.ndarray:
    """Make an array from raw bytes; Python 2 wrote bytes as strings."""
    if not isinstance(dtype, _DtypeParts):
        raise pickle.UnpicklingError('an array without a dtype')
    kind = dtype.value()
    if isinstance(content, str):
        content = content.encode('latin1')
    if not isinstance(content, (bytes, bytearray)):
        raise pickle.UnpicklingError('an array without raw content')
    if type(shape) is not tuple or any(type(size) is not int for size in shape):
        raise pickle.UnpicklingError(f'an array of shape {shorten(shape)}')
    flat = np.frombuffer(content, kind) if content else np.zeros(0, kind)
    return flat.reshape(shape, order='F' if order == 'F' else 'C').copy()


class _StandIn:
    """Replacement of a name in a pickle: callable, but not changeable."""

    def __init__(self, call: Optional[Callable] = None) -> None:
        self.call = call

    def __call__(self, *args: Any) -> Any:
        """Collect the parts."""
        if self.call is None:
            raise pickle.UnpicklingError('a call of numpy.ndarray')
        return self.call(*args)

    def __setstate__(self, state: Any) -> None:
        """Refuse changes: by default a pickle can set attributes."""
        raise pickle.UnpicklingError('a changed function')


def _reconstruct(token: Any, *_: Any) -> _ArrayParts:
    """Start an array."""
    if token is not _ALLOWED['numpy', 'ndarray']:
        raise pickle.UnpicklingError('an array of another class')
    return _ArrayParts()


def _frombuffer(content: Any, dtype: Any, shape: Any, order: Any) -> np.ndarray:
    """Make an array of protocol 5."""
    return _array_from(content, dtype, shape, order)


def _scalar(dtype: Any, content: Any = b'') -> Any:
    """Make a Python number from a NumPy number."""
    return _array_from(content, dtype, (), 'C').item()


def _dtype(code: Any, *_: Any) -> _DtypeParts:
    """Start a dtype."""
    return _DtypeParts(code)


def _encode(text: Any, encoding: Any = 'latin1') -> bytes:
    """Decode bytes that Python 3 wrote for Python 2."""
    if not isinstance(text, str) or encoding not in ('latin1', 'latin-1'):
        raise pickle.UnpicklingError(f'bytes encoded as {shorten(encoding)}')
    return text.encode('latin1')


def _empty_bytes() -> bytes:
    """Empty bytes, written for Python 2."""
    return b''


def _ordered_dict(pairs: Any = ()) -> dict:
    """Make a plain dict from an ordered one."""
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
        """Replacement of an allowed name."""
        try:
            return _ALLOWED[module, name]
        except KeyError:
            raise pickle.UnpicklingError(f'{module}.{name}') from None


def _plain(value: Any, done: Dict[int, Any]) -> Any:
    """Copy built-in containers, arrays, numbers and strings.

    `done` keeps shared containers shared, so that a small file cannot expand to a
    large structure, and marks containers that are being copied.
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
    """Read a pickle of plain data without executing it.

    Pickles of Python 2 and 3 and of NumPy 1 and 2 are supported; strings of
    Python 2 are decoded as Latin-1.

    Args:
        path (str | PathLike): File to read.

    Returns:
        object: Lists, tuples, dicts (ordered ones become plain), strings, bytes,
        numbers, None, and NumPy arrays of booleans, numbers or strings. NumPy
        numbers become Python numbers.

    Raises:
        FileNotFoundError: If the file does not exist.
        TypeError: If the path is not a string.
        ValueError: If the pickle is damaged, holds anything else, or needs more
            memory than its size allows.
    """
    content = read_bytes(path)
    try:
        scan_pickle(content)
        value = _RestrictedUnpickler(io.BytesIO(content), encoding='latin1').load()
        return _plain(value, {})
    except pickle.UnpicklingError as error:
        # Messages of this file are noun phrases.
        raise ValueError(
            f'{path}: this pickle is damaged or holds more than plain data: '
            f'{error}. Only lists, tuples, dicts, strings, numbers and arrays '
            'of numbers or strings are built; nothing else is read, because '
            'a pickle can run code.'
        ) from error
    except Exception as error:
        raise ValueError(
            f'{path}: not a readable pickle ({type(error).__name__}: '
            f'{str(error)[:200]}). It may be truncated, or not a pickle.'
        ) from error
