"""Bounds of a pickle, checked before anything is built from it.

A pickle of a few hundred bytes can take memory and time without limit: lists that share
their items expand exponentially, a memo index of 2**31 allocates gigabytes, and nested
tuples overflow the stack of the interpreter when they are hashed. This module follows
the opcodes with counters in place of values.
"""

import io
import pickle
import pickletools
from typing import Any, Callable, Dict, List, Optional, Tuple, Union

MAX_DEPTH = 60
MAX_BITS = 128
# Values after expansion of shared containers, each counted once per level.
MIN_VALUES = 5_000_000
VALUES_PER_BYTE = 16


class _Counter:
    """Counters of one value on the stack of the unpickler.

    Args:
        children (list[_Counter]): Values that it contains.
        is_container (bool): If more values can be added.
    """

    __slots__ = ('size', 'depth', 'is_container', 'is_used')

    def __init__(
        self, children: 'Optional[List[_Counter]]' = None, is_container: bool = True
    ) -> None:
        self.size, self.depth = 1, 0
        self.is_container, self.is_used = is_container, False
        if children:
            self.add(children)

    def add(self, children: 'List[_Counter]') -> None:
        """Count more values."""
        for child in children:
            child.is_used = True
        if not self.is_container or self.is_used:
            raise pickle.UnpicklingError(
                'a container that contains itself or changes after its use'
            )
        for child in children:
            self.size += child.size
            self.depth = max(self.depth, child.depth + 1)
        if self.depth > MAX_DEPTH:
            raise pickle.UnpicklingError(f'more than {MAX_DEPTH} nested containers')


class _Scan:
    """Simulated unpickler."""

    def __init__(self, max_values: int) -> None:
        self.left = self.max_values = max_values
        self.stack: List[_Counter] = []
        self.marks: List[int] = []
        self.memo: Dict[int, _Counter] = {}
        self.opcodes = 0

    def pop(self, number: int) -> List[_Counter]:
        """Remove the last values of the stack."""
        start = len(self.stack) - number
        if start < (self.marks[-1] if self.marks else 0):
            raise pickle.UnpicklingError('a missing value')
        values = self.stack[start:]
        del self.stack[start:]
        return values

    def pop_mark(self) -> List[_Counter]:
        """Remove all values after the last mark."""
        if not self.marks:
            raise pickle.UnpicklingError('a missing mark')
        start = self.marks.pop()
        values = self.stack[start:]
        del self.stack[start:]
        return values

    def push(self, children: List[_Counter]) -> None:
        """Add a container to the stack."""
        self.stack.append(_Counter())
        self.grow(children)

    def grow(self, children: List[_Counter]) -> None:
        """Add values to the last value of the stack."""
        if not self.stack:
            raise pickle.UnpicklingError('a missing value')
        self.stack[-1].add(children)
        self.left -= sum(child.size for child in children)
        if self.left < 0:
            raise pickle.UnpicklingError(
                f'more than {self.max_values} values after expansion of shared '
                'containers'
            )

    def build(self) -> None:
        """Add a state to the last value, which a function has made."""
        state = self.pop(1)
        if self.stack and not self.stack[-1].is_container:
            raise pickle.UnpicklingError('a changed function')
        self.grow(state)

    def put(self, index: Optional[int]) -> None:
        """Store the last value in the memo."""
        if not self.stack:
            raise pickle.UnpicklingError('a missing value')
        if index is None:
            index = len(self.memo)
        if not 0 <= index <= self.opcodes:
            raise pickle.UnpicklingError(f'the memo index {index:.3g}')
        self.memo[index] = self.stack[-1]

    def get(self, index: int) -> None:
        """Add a value of the memo to the stack."""
        if index not in self.memo:
            raise pickle.UnpicklingError('an unknown memo index')
        self.stack.append(self.memo[index])

    def leaf(self, value: Any) -> None:
        """Add a number, a string or a name to the stack."""
        if isinstance(value, int) and value.bit_length() > MAX_BITS:
            raise pickle.UnpicklingError(f'an integer of {value.bit_length()} bits')
        self.stack.append(_Counter(is_container=False))

    def duplicate(self) -> None:
        """Add the last value again."""
        self.stack += self.pop(1) * 2

    def pop_one(self) -> None:
        """Remove the last value, or the last mark if nothing follows it."""
        if self.marks and self.marks[-1] == len(self.stack):
            self.marks.pop()
        else:
            self.pop(1)

    def named_global(self) -> None:
        """Replace the module and the name by one value."""
        self.pop(2)
        self.leaf(None)


_Step = Callable[[_Scan, Any], object]
_LEAVES = (
    'NONE NEWTRUE NEWFALSE INT BININT BININT1 BININT2 LONG LONG1 LONG4 FLOAT BINFLOAT '
    'STRING BINSTRING SHORT_BINSTRING UNICODE SHORT_BINUNICODE BINUNICODE BINUNICODE8 '
    'BINBYTES SHORT_BINBYTES BINBYTES8 BYTEARRAY8 GLOBAL'
)
_STEPS: Dict[str, _Step] = {
    **dict.fromkeys(_LEAVES.split(), _Scan.leaf),
    **dict.fromkeys(
        ('EMPTY_LIST', 'EMPTY_TUPLE', 'EMPTY_DICT', 'EMPTY_SET'),
        lambda scan, _: scan.push([]),
    ),
    **dict.fromkeys(
        ('LIST', 'TUPLE', 'DICT', 'FROZENSET', 'INST', 'OBJ'),
        lambda scan, _: scan.push(scan.pop_mark()),
    ),
    **dict.fromkeys(
        ('APPENDS', 'SETITEMS', 'ADDITEMS'), lambda scan, _: scan.grow(scan.pop_mark())
    ),
    'APPEND': lambda scan, _: scan.grow(scan.pop(1)),
    'BUILD': lambda scan, _: scan.build(),
    'SETITEM': lambda scan, _: scan.grow(scan.pop(2)),
    **dict.fromkeys(('TUPLE1', 'BINPERSID'), lambda scan, _: scan.push(scan.pop(1))),
    **dict.fromkeys(
        ('TUPLE2', 'REDUCE', 'NEWOBJ'), lambda scan, _: scan.push(scan.pop(2))
    ),
    **dict.fromkeys(('TUPLE3', 'NEWOBJ_EX'), lambda scan, _: scan.push(scan.pop(3))),
    **dict.fromkeys(('PUT', 'BINPUT', 'LONG_BINPUT', 'MEMOIZE'), _Scan.put),
    **dict.fromkeys(('GET', 'BINGET', 'LONG_BINGET'), _Scan.get),
    'MARK': lambda scan, _: scan.marks.append(len(scan.stack)),
    'POP': lambda scan, _: scan.pop_one(),
    'POP_MARK': lambda scan, _: scan.pop_mark(),
    'DUP': lambda scan, _: scan.duplicate(),
    'STACK_GLOBAL': lambda scan, _: scan.named_global(),
    **dict.fromkeys(('PROTO', 'FRAME', 'STOP'), lambda scan, _: None),
}


def scan_pickle(content: Union[bytes, io.BufferedIOBase]) -> Tuple[int, int]:
    """Refuse a pickle that needs more memory or time than its size allows.

    Bounded are: nesting, the number of values after the expansion of shared
    containers, the index of the memo, and the size of integers.

    Args:
        content (bytes | BufferedIOBase): Bytes that start with a pickle; a file is
            read up to the end of the pickle.

    Returns:
        tuple[int, int]: Number of values after expansion, and nesting, of the result.

    Raises:
        pickle.UnpicklingError: If a bound is exceeded; the message is a noun phrase.
        ValueError: If it is not a pickle.
    """
    if isinstance(content, bytes):
        size, file = len(content), io.BytesIO(content)
    else:
        start = content.tell()
        size = content.seek(0, io.SEEK_END) - start
        content.seek(start)
        file = content  # type: ignore[assignment]
    scan = _Scan(max(MIN_VALUES, VALUES_PER_BYTE * size))
    for opcode, argument, _ in pickletools.genops(file):
        if opcode.name not in _STEPS:
            raise pickle.UnpicklingError(f'the opcode {opcode.name}')
        scan.opcodes += 1
        _STEPS[opcode.name](scan, argument)
    result = scan.pop(1)[0]
    return result.size, result.depth
