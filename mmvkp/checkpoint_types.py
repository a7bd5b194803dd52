"""Replacements of the types in MMEngine's checkpoints.

`mmvkp.compat` gives them to `torch.load(weights_only=True)`, which maps each name in a
file to its replacement. They build numbers only.
"""

import math
import pickle
import re
from typing import Any, Dict, List

import numpy as np
from mmengine.logging import HistoryBuffer
from mmengine.optim.scheduler import OneCycleParamScheduler

# Codes of booleans, integers, floating point and complex numbers.
_DTYPE_CODE = re.compile(r'[<>=|]?(\?|b1|[iu][1248]|f[248]|c(8|16))')


def _refuse(what: str) -> pickle.UnpicklingError:
    """Error about the content of a checkpoint."""
    return pickle.UnpicklingError(
        f'{what} in a checkpoint was refused; allowed are arrays of booleans, '
        'integers, floating point and complex numbers, and histories of numbers.'
    )


class _RestoredHistoryBuffer(HistoryBuffer):
    """Class of a pickled `HistoryBuffer` while it is read.

    `HistoryBuffer.__setstate__` copies the statistics of the file into a dict that
    all buffers of the process share. Here they are ignored (the class of the process
    has its own), and the object becomes a plain `HistoryBuffer` again, so that later
    checkpoints can be read without this package.
    """

    def __init__(self, *args: Any) -> None:
        if args:
            raise _refuse('a HistoryBuffer with arguments')
        super().__init__()

    def __setstate__(self, state: Dict[str, Any]) -> None:
        """Copy the history only."""
        if type(state) is not dict or type(state.get('max_length')) is not int:
            raise _refuse('the state of a HistoryBuffer')
        self.__class__ = HistoryBuffer
        HistoryBuffer.__init__(
            self,
            _flat_numbers(state.get('_log_history')),
            _flat_numbers(state.get('_count_history')),
            max(1, state['max_length']),
        )


def _flat_numbers(value: Any) -> np.ndarray:
    """Copy of a 1D array or a list of numbers.

    Nested lists that share their items would be expanded by `np.array`.
    """
    if type(value) is _RestoredArray and value.ndim == 1:
        return np.array(value)
    if type(value) is not list or not all(
        isinstance(each, (int, float, np.number)) for each in value
    ):
        raise _refuse('the history of a HistoryBuffer')
    try:
        return np.array(value, dtype=np.float64 if value else None)
    except OverflowError as error:
        raise _refuse('a large integer') from error


class _DtypeInFile:
    """A pickled NumPy dtype; its byte order arrives after its code."""

    def __init__(self, code: Any, *_: Any) -> None:
        if type(code) is not str or not _DTYPE_CODE.fullmatch(code):
            raise _refuse(f'dtype {code!r:.40}')
        self.value = np.dtype(code)

    def __setstate__(self, state: Any) -> None:
        """Set the byte order; flags, fields and sizes of the file are not used."""
        if (
            type(state) is not tuple
            or len(state) < 5
            or type(state[1]) is not str
            or state[1] not in ('<', '>', '=', '|')
            or any(part is not None for part in state[2:5])
        ):
            raise _refuse('a dtype with fields, sub-arrays or an unknown byte order')
        if state[1] != '|':
            order: Any = state[1]
            self.value = self.value.newbyteorder(order)


def _content(dtype: Any, content: Any, count: int) -> bytes:
    """Copy of the bytes of an array, if their number is correct."""
    if type(dtype) is not _DtypeInFile:
        raise _refuse('an array without a dtype')
    if type(content) is not bytes or len(content) != count * dtype.value.itemsize:
        raise _refuse('an array without its content')
    if dtype.value.kind == 'b' and not set(content) <= {0, 1}:
        raise _refuse('a boolean other than 0 and 1')
    return bytes(bytearray(content))


class _RestoredArray(np.ndarray):
    """Class of a pickled array, which holds numbers only.

    `numpy.ndarray` itself accepts arrays of objects on top of any bytes, and strides
    and dtypes that reach beyond the content. An instance is saved as a plain array.
    """

    def __new__(cls, *_: Any) -> '_RestoredArray':
        """Make an empty array; arguments of the file are not used."""
        return np.ndarray.__new__(cls, (0,), np.int8)

    def __setstate__(self, state: Any) -> None:  # type: ignore[override]
        """Set shape, dtype and content."""
        if type(state) is not tuple or len(state) != 5:
            raise _refuse('the state of an array')
        _, shape, dtype, fortran, content = state
        if type(shape) is not tuple or not all(
            type(size) is int and 0 <= size < 2**31 for size in shape
        ):
            raise _refuse('the shape of an array')
        content = _content(dtype, content, math.prod(shape))
        super().__setstate__((1, shape, dtype.value, bool(fortran), content))

    def __reduce__(self) -> Any:
        """Reduce like a plain array."""
        return np.asarray(self).__reduce__()

    def __reduce_ex__(self, protocol: Any) -> Any:
        """Reduce like a plain array."""
        return np.asarray(self).__reduce_ex__(protocol)


class _ArrayInFile:
    """Replacement of the class `numpy.ndarray` in a file."""

    def __new__(cls, *_: Any) -> '_ArrayInFile':
        """Refuse: an array is made by `_reconstruct` only."""
        raise _refuse('a call of numpy.ndarray')


def _reconstruct(kind: Any, *_: Any) -> _RestoredArray:
    """Replace NumPy's function of this name."""
    if kind is not _ArrayInFile:
        raise _refuse('an array of another class')
    return _RestoredArray()


def _scalar(dtype: Any, content: Any) -> Any:
    """Replace NumPy's function of this name; the result is a NumPy number."""
    return np.frombuffer(_content(dtype, content, 1), dtype.value)[0]


class _OneCycleInFile:
    """Replacement of the class `OneCycleParamScheduler` in a file."""

    def __new__(cls, *_: Any) -> '_OneCycleInFile':
        """Refuse: the file may only name the class."""
        raise _refuse('a OneCycleParamScheduler')


def _attribute(owner: type, name: str) -> Any:
    """Replace the `getattr` of a pickle.

    Pickle writes a method as `getattr(class, 'name')`. In MMEngine's checkpoints
    these are the statistics of `HistoryBuffer`, which are ignored (see
    `_RestoredHistoryBuffer`), and the two annealing functions of one-cycle
    schedules.
    """
    if owner is _RestoredHistoryBuffer:
        return name
    if owner is _OneCycleInFile and name in ('_annealing_cos', '_annealing_linear'):
        return getattr(OneCycleParamScheduler, name)
    raise pickle.UnpicklingError(
        f'getattr({owner!r}, {name!r}) in a checkpoint was refused; allowed are '
        'the statistics of HistoryBuffer and the annealing functions of '
        'OneCycleParamScheduler.'
    )


def allowed_globals() -> List[Any]:
    """Replacements of the types in MMEngine's checkpoints, with their names."""
    scheduler = f'{OneCycleParamScheduler.__module__}.OneCycleParamScheduler'
    allowed: List[Any] = [
        (_RestoredHistoryBuffer, 'mmengine.logging.history_buffer.HistoryBuffer'),
        (_OneCycleInFile, scheduler),
        (_attribute, 'builtins.getattr'),
        (_DtypeInFile, 'numpy.dtype'),
        (_ArrayInFile, 'numpy.ndarray'),
        (_RestoredArray, f'{__name__}._RestoredArray'),
    ]
    # NumPy 2 moved the module; files contain either name.
    for path in ('numpy.core.multiarray', 'numpy._core.multiarray'):
        allowed.append((_reconstruct, f'{path}._reconstruct'))
        allowed.append((_scalar, f'{path}.scalar'))
    return allowed
