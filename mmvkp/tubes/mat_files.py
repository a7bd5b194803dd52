"""Variables of MATLAB files of versions 5 to 7.

SciPy's compiled reader crashes the process on some damaged files; this reader slices
bytes and raises ValueError. The layout is described in MathWorks' "MAT-File Format",
chapter 1.
"""

import math
import os
import zlib
from os import PathLike
from pathlib import Path
from typing import (
    Dict,
    Iterator,
    List,
    Literal,
    NamedTuple,
    Optional,
    Sequence,
    Tuple,
    Union,
)

import numpy as np

from .limits import FREE_BYTES, MAX_MAT_BYTES, MAX_RATIO, check_size, short_text

MAX_DEPTH = 50
# An array has four or more; finalAnnots.mat of UCF101-24 has about 150,000.
MAX_ELEMENTS = 2_000_000

# Types of elements.
NUMBERS = {
    **{1: 'i1', 2: 'u1', 3: 'i2', 4: 'u2', 5: 'i4', 6: 'u4'},
    **{7: 'f4', 9: 'f8', 12: 'i8', 13: 'u8'},
}
TEXTS = {
    **{1: 'latin-1', 2: 'latin-1', 4: 'utf-16', 16: 'utf-8'},
    **{17: 'utf-16', 18: 'utf-32'},
}
MATRIX, COMPRESSED = 14, 15
# Classes of arrays: 6 to 15 are numbers.
CELL, STRUCT, CHAR = 1, 2, 4
OTHERS: Dict[int, str] = {3: 'object', 5: 'sparse', 16: 'function', 17: 'opaque'}
LOGICAL, COMPLEX = 0x200, 0x800

Element = Tuple[int, memoryview]


def load_mat_variable(path: Union[str, PathLike], name: str) -> Optional[np.ndarray]:
    """Read one variable of a MATLAB file.

    Args:
        path (str | PathLike): A `.mat` file of version 5 to 7.
        name (str): Name of the variable.

    Returns:
        np.ndarray, optional: Array with two or more axes, None if the file lacks the
        variable. Numbers have the type that is stored in the file, which may be
        smaller than the one in MATLAB. A cell array holds arrays; a struct array has
        named fields of arrays; text has a string per row and one axis.

    Raises:
        FileNotFoundError: If the file does not exist.
        ValueError: If the file cannot be read, or the variable is complex, sparse, an
            object or a function.
    """
    check_size(path, MAX_MAT_BYTES)
    content = Path(path).read_bytes()
    try:
        return _find(content, name)
    except (ValueError, zlib.error) as error:
        raise ValueError(
            f'{os.fspath(path)}: not a readable .mat file ({short_text(error)}). '
            'Versions 5 to 7 are read; save it again as version 7.'
        ) from error


def _find(content: bytes, name: str) -> Optional[np.ndarray]:
    """Read the variables until one has this name."""
    orders: Dict[bytes, Literal['little', 'big']] = {b'IM': 'little', b'MI': 'big'}
    order = orders.get(content[126:128])
    if order is None or int.from_bytes(content[124:126], order) != 0x100:
        raise ValueError('the header of version 5 is missing')
    reader = _Reader(order)
    left = FREE_BYTES + MAX_RATIO * len(content)
    for kind, part in reader.elements(memoryview(content)[128:]):
        if kind == COMPRESSED:
            inflated = _inflate(part, left)
            left -= len(inflated)
            kind, part = next(reader.elements(inflated), (0, part))
        if kind != MATRIX:
            raise ValueError(f'a variable has the unknown type {kind}')
        array = reader.header(part)
        if array.name == name:
            return reader.value(array)
    return None


def _inflate(content: memoryview, limit: int) -> memoryview:
    """Decompress up to `limit` bytes; a larger or truncated content is refused."""
    inflater = zlib.decompressobj()
    inflated = inflater.decompress(content, limit + 1)
    if len(inflated) > limit:
        raise ValueError(
            f'its compressed variables are larger than {FREE_BYTES >> 20} MiB and '
            f'{MAX_RATIO} times the file'
        )
    if not inflater.eof:
        raise ValueError('a compressed variable is truncated')
    return memoryview(inflated)


class _Array(NamedTuple):
    """Head of an array, and its elements after the name."""

    kind: int
    flags: int
    shape: Sequence[int]
    name: str
    parts: List[Element]


class _Reader:
    """Reads elements and arrays of one byte order."""

    def __init__(self, order: Literal['little', 'big']) -> None:
        self.order = order
        self.count = 0

    def elements(self, content: memoryview) -> Iterator[Element]:
        """Type and data of each element."""
        place = 0
        while place < len(content):
            first = int.from_bytes(content[place : place + 4], self.order)
            if first >> 16:  # a small element: size, type and up to four bytes of data
                kind, size, begin = first & 0xFFFF, first >> 16, place + 4
                end = place + 8
            else:
                kind, begin = first, place + 8
                size = int.from_bytes(content[place + 4 : begin], self.order)
                end = begin + size + (-size % 8 if kind != COMPRESSED else 0)
            if begin + size > min(end, len(content)):
                raise ValueError('an element is longer than the one that it belongs to')
            self.count += 1
            if self.count > MAX_ELEMENTS:
                raise ValueError(f'more than {MAX_ELEMENTS} elements')
            yield kind, content[begin : begin + size]
            place = end

    def numbers(self, element: Element) -> np.ndarray:
        """Numbers of an element, (n,), in the byte order of the machine."""
        kind, part = element
        if kind not in NUMBERS:
            raise ValueError(f'numbers have the unknown type {kind}')
        sign = '<' if self.order == 'little' else '>'
        dtype = np.dtype(sign + NUMBERS[kind])
        if len(part) % dtype.itemsize:
            raise ValueError(f'{len(part)} bytes are not numbers of {dtype.name}')
        return np.frombuffer(part, dtype).astype(dtype.newbyteorder('='))

    def header(self, content: memoryview) -> _Array:
        """Read the head of an array."""
        parts = list(self.elements(content))
        if not parts:
            return _Array(6, 0, (0, 0), '', [(9, content)])
        flags = self.numbers(parts[0])
        kind = int(flags[0]) & 0xFF if len(flags) == 2 else 0
        if kind in OTHERS:
            # Objects and functions have no shape; `value` refuses them by name.
            return _Array(kind, 0, (), self._name(parts[1:]), [])
        if not 1 <= kind <= 17 or len(parts) < 3:
            raise ValueError(f'an array of class {kind} with {len(parts)} elements')
        shape = tuple(map(int, self.numbers(parts[1])))
        if len(shape) < 2 or min(shape) < 0:
            raise ValueError(f'an array of shape {shape}')
        name = bytes(parts[2][1]).decode('latin-1')
        return _Array(kind, int(flags[0]), shape, name, parts[3:])

    @staticmethod
    def _name(parts: List[Element]) -> str:
        """Name of an array without a fixed layout: its first element of 8-bit text."""
        return next((bytes(x).decode('latin-1') for kind, x in parts if kind == 1), '')

    def value(self, array: _Array, depth: int = 0) -> np.ndarray:
        """Read the content of an array."""
        if array.kind in OTHERS or array.flags & COMPLEX:
            what = OTHERS.get(array.kind, 'complex')
            raise ValueError(
                f'an array of kind {what}; real numbers, text, cells and structs are '
                'read'
            )
        if depth > MAX_DEPTH:
            raise ValueError(f'arrays are nested more than {MAX_DEPTH} deep')
        if array.kind in (CELL, STRUCT):
            return self._nested(array, depth)
        if len(array.parts) != 1:
            raise ValueError(f'an array has {len(array.parts)} parts; 1 is required')
        if array.kind == CHAR:
            return self._text(array)
        values = self.numbers(array.parts[0])
        if len(values) != math.prod(array.shape):
            raise ValueError(f'{len(values)} numbers of shape {array.shape}')
        values = values.reshape(array.shape, order='F')
        return values != 0 if array.flags & LOGICAL else values

    def _nested(self, array: _Array, depth: int) -> np.ndarray:
        """Read a cell or struct array."""
        count, parts, names = math.prod(array.shape), array.parts, ['']
        if array.kind == STRUCT:
            names, parts = self._fields(parts[:2]), parts[2:]
        if len(parts) != count * len(names) or any(x[0] != MATRIX for x in parts):
            raise ValueError(
                f'{len(parts)} elements for {len(names)} fields of shape {array.shape}'
            )
        values = np.empty((count, len(names)), object)
        for place, (_, part) in enumerate(parts):
            found = self.value(self.header(part), depth + 1)
            values[divmod(place, len(names))] = found
        if array.kind == CELL:
            return values[:, 0].reshape(array.shape, order='F')
        result = np.empty(count, [(name, object) for name in names])
        for column, name in enumerate(names):
            result[name] = values[:, column]
        return result.reshape(array.shape, order='F')

    def _fields(self, parts: List[Element]) -> List[str]:
        """Names of the fields of a struct."""
        sizes = self.numbers(parts[0]) if parts else np.zeros(0)
        size = int(sizes[0]) if len(sizes) == 1 else 0
        text = bytes(parts[-1][1]) if parts else b''
        if len(parts) != 2 or size <= 0 or not text or len(text) % size:
            raise ValueError('a struct array without fields')
        names = [text[i : i + size] for i in range(0, len(text), size)]
        return [name.split(b'\0')[0].decode('latin-1') for name in names]

    def _text(self, array: _Array) -> np.ndarray:
        """Read a text: one string per row."""
        kind, part = array.parts[0]
        if kind not in TEXTS or len(array.shape) != 2:
            raise ValueError(f'text of type {kind} and shape {array.shape}')
        rows, columns = array.shape
        code = TEXTS[kind]
        if kind in (4, 17, 18):
            code += '-le' if self.order == 'little' else '-be'
        text = bytes(part).decode(code)
        if not text:
            return np.array([], str)
        if rows == 1:
            return np.array([text])
        if len(text) != rows * columns:
            raise ValueError(f'{len(text)} letters of shape {array.shape}')
        return np.array([text[row::rows] for row in range(rows)], str)
