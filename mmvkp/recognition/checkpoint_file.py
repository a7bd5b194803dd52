"""Reader of PyTorch's files that builds tensors and plain values only.

`torch.load(weights_only=True)` differs between versions: before 2.6 it refuses the
checkpoints of MMEngine, and in all versions a small file can ask for any amount of
memory. This reader is the same for all versions. It reads both formats of `torch.save`,
imports no name of a file, and allocates at most the size of the file.
Histories, NumPy values and schedules of MMEngine are skipped: they become None.
"""

import io
import math
import pickle
import sys
import zipfile
from collections import OrderedDict
from os import PathLike
from typing import Any, Callable, Dict, Optional, Tuple, Union

import torch
from torch import Tensor

from ..checks import shorten
from ..files import read_bytes
from ..pickle_scan import scan_pickle

MAX_FILE = 2**36
# A tensor that repeats its storage may be larger than the file, up to this size.
MAX_EXPANDED = 2**24
_STORAGES = dict(
    BFloat16Storage=torch.bfloat16,
    BoolStorage=torch.bool,
    ByteStorage=torch.uint8,
    CharStorage=torch.int8,
    ComplexDoubleStorage=torch.complex128,
    ComplexFloatStorage=torch.complex64,
    DoubleStorage=torch.float64,
    FloatStorage=torch.float32,
    HalfStorage=torch.float16,
    IntStorage=torch.int32,
    LongStorage=torch.int64,
    ShortStorage=torch.int16,
    UntypedStorage=torch.uint8,
)
_DTYPES = {str(each)[len('torch.') :]: each for each in _STORAGES.values()}
_ZIP = b'PK\x03\x04'


class _Skipped:
    """Object of a skipped type; `_without_skipped` replaces it by None."""

    def __init__(self, *_: Any) -> None:
        pass

    def __setstate__(self, state: Any) -> None:
        """Ignore the state."""


class _Name:
    """Replacement of a name in a file: callable, but not changeable."""

    def __init__(self, call: Callable) -> None:
        self.call = call

    def __call__(self, *args: Any) -> Any:
        """Build the value."""
        return self.call(*args)

    def __setstate__(self, state: Any) -> None:
        """Refuse changes: by default a pickle can set attributes."""
        raise pickle.UnpicklingError('a changed function')


class _StorageType:
    """Type of a storage."""

    def __init__(self, dtype: torch.dtype) -> None:
        self.dtype = dtype

    def __setstate__(self, state: Any) -> None:
        """Refuse changes."""
        raise pickle.UnpicklingError('a changed storage type')


def _view(storage: Any, offset: Any, size: Any, stride: Any) -> Tensor:
    """View of a storage; unlike `Tensor.set_` it never enlarges the storage."""
    whole = (offset, *size, *stride)
    if not isinstance(storage, Tensor) or any(type(each) is not int for each in whole):
        raise pickle.UnpicklingError('a tensor without a storage or a shape')
    if math.prod(size) > max(MAX_EXPANDED, storage.numel()):
        raise pickle.UnpicklingError(
            f'a tensor of shape {shorten(tuple(size))} in {storage.numel()} values'
        )
    return storage.as_strided(size, stride, offset)


def _tensor(storage: Any, offset: Any, size: Any, stride: Any, *_: Any) -> Tensor:
    return _view(storage, offset, size, stride)


def _typed_tensor(
    storage: Any, offset: Any, size: Any, stride: Any, *rest: Any
) -> Tensor:
    """Build a tensor from an untyped storage; `rest[2]` is its dtype."""
    if not isinstance(storage, Tensor) or not isinstance(rest[2], torch.dtype):
        raise pickle.UnpicklingError('a tensor without a storage or a dtype')
    return _view(storage.view(rest[2]), offset, size, stride)


def _parameter(data: Any, *_: Any) -> Tensor:
    return data


def _subclass(function: Any, _: Any, args: Any, *rest: Any) -> Any:
    """Build a tensor with attributes, which are ignored."""
    if type(function) is not _Name:
        raise pickle.UnpicklingError('a tensor of an unknown function')
    return function(*args)


def _encode(text: Any, encoding: Any = 'latin1') -> bytes:
    if type(text) is not str or encoding not in ('latin1', 'latin-1'):
        raise pickle.UnpicklingError('bytes in an unknown encoding')
    return text.encode('latin1')


def _no_bytes() -> bytes:
    """Empty bytes; with a number, `bytes` would allocate any size."""
    return b''


def _default_dict(*args: Any) -> dict:
    return dict(*args[1:])


def _skip(*_: Any) -> _Skipped:
    return _Skipped()


_FUNCTIONS: Dict[Tuple[str, str], Callable] = {
    ('torch._utils', '_rebuild_tensor'): _tensor,
    ('torch._utils', '_rebuild_tensor_v2'): _tensor,
    ('torch._utils', '_rebuild_tensor_v3'): _typed_tensor,
    ('torch._utils', '_rebuild_parameter'): _parameter,
    ('torch._utils', '_rebuild_parameter_with_state'): _parameter,
    ('torch._tensor', '_rebuild_from_type_v2'): _subclass,
    ('torch', 'Size'): tuple,
    ('torch', 'Tensor'): _skip,
    ('torch', 'device'): torch.device,
    ('torch.nn.parameter', 'Parameter'): _skip,
    ('collections', 'OrderedDict'): OrderedDict,
    ('collections', 'Counter'): dict,
    ('collections', 'defaultdict'): _default_dict,
    ('_codecs', 'encode'): _encode,
    ('builtins', 'set'): set,
    ('builtins', 'getattr'): _skip,
    ('builtins', 'complex'): complex,
    ('builtins', 'bytes'): _no_bytes,
    ('__builtin__', 'bytes'): _no_bytes,
    ('__builtin__', 'complex'): complex,
    ('__builtin__', 'set'): set,
    ('__builtin__', 'getattr'): _skip,
    ('numpy', 'dtype'): _skip,
    ('numpy', 'ndarray'): _skip,
}
for _core in ('numpy.core', 'numpy._core'):
    _FUNCTIONS[f'{_core}.multiarray', '_reconstruct'] = _skip
    _FUNCTIONS[f'{_core}.multiarray', 'scalar'] = _skip
_CLASSES = (
    ('mmengine.logging.history_buffer', 'HistoryBuffer'),
    ('mmengine.optim.scheduler.param_scheduler', 'OneCycleParamScheduler'),
)


class _Unpickler(pickle.Unpickler):
    """Unpickler without imports.

    Args:
        content (BinaryIO): The pickle.
        load (Callable): Function from key, dtype and number of values to a storage,
            a 1D tensor.
    """

    def __init__(
        self, content: Any, load: Callable[[str, torch.dtype, int], Tensor]
    ) -> None:
        super().__init__(content, encoding='utf-8')
        self.load_storage = load

    def find_class(self, module: str, name: str) -> Any:
        """Replacement of an allowed name."""
        if (module, name) in _FUNCTIONS:
            return _Name(_FUNCTIONS[module, name])
        if (module, name) in _CLASSES:
            # A new class each time, because a file may set its attributes.
            return type(name, (_Skipped,), {})
        if module in ('torch', 'torch.storage') and name in _STORAGES:
            return _StorageType(_STORAGES[name])
        if module == 'torch' and name in _DTYPES:
            return _DTYPES[name]
        raise pickle.UnpicklingError(f'{shorten(module)}.{shorten(name)}')

    def persistent_load(self, pid: Any) -> Tensor:
        """Storage of a tensor, of shape (numel,)."""
        if type(pid) is not tuple or len(pid) not in (5, 6) or pid[0] != 'storage':
            raise pickle.UnpicklingError(f'the reference {shorten(pid)}')
        kind, key, numel = pid[1], pid[2], pid[4]
        if len(pid) == 6 and pid[5] is not None:
            raise pickle.UnpicklingError('a storage that is a part of another one')
        if type(kind) is not _StorageType or type(key) is not str:
            raise pickle.UnpicklingError(f'the reference {shorten(pid)}')
        if type(numel) is not int or numel < 0:
            raise pickle.UnpicklingError(f'a storage of {shorten(numel)} values')
        return self.load_storage(key, kind.dtype, numel)


def _flat(buffer: bytearray, dtype: torch.dtype) -> Tensor:
    """1D tensor that shares the memory of a buffer."""
    return torch.frombuffer(buffer, dtype=dtype) if buffer else torch.empty(0).to(dtype)


def _read_zip(content: bytes) -> Any:
    """Read the format of torch 1.6 and newer."""
    archive = zipfile.ZipFile(io.BytesIO(content))
    entries = {each.filename: each for each in archive.infolist()}
    names = [name for name in entries if name.endswith('/data.pkl')]
    if len(names) != 1:
        raise ValueError('an archive without data.pkl')
    if any(each.compress_type != zipfile.ZIP_STORED for each in entries.values()):
        raise ValueError('a compressed archive')
    if sum(each.file_size for each in entries.values()) > len(content):
        raise ValueError('an archive with overlapping entries')
    folder = names[0][: -len('data.pkl')]
    if f'{folder}byteorder' in entries:
        order = archive.read(f'{folder}byteorder').decode()
        if order != sys.byteorder:
            raise ValueError(f'an archive of byte order {shorten(order)}')
    buffers: Dict[str, bytearray] = {}

    def load(key: str, dtype: torch.dtype, numel: int) -> Tensor:
        """Read a storage of shape (numel,)."""
        name = f'{folder}data/{key}'
        if name not in entries:
            raise pickle.UnpicklingError(f'the missing storage {shorten(key)}')
        if key not in buffers:
            buffers[key] = bytearray(archive.read(name))
        if len(buffers[key]) != numel * dtype.itemsize:
            raise pickle.UnpicklingError(f'a storage of {numel} values in another size')
        return _flat(buffers[key], dtype)

    pickled = archive.read(names[0])
    scan_pickle(pickled)
    return _Unpickler(io.BytesIO(pickled), load).load()


def _read_legacy(content: bytes) -> Any:
    """Read the format before torch 1.6: five pickles, then the storages."""
    if not content:
        raise ValueError('an empty file')
    if not content.startswith(b'\x80'):
        raise pickle.UnpicklingError('a file of another kind')
    file = io.BytesIO(content)
    starts = []
    for _ in range(5):
        starts.append(file.tell())
        scan_pickle(file)
    end = file.tell()
    storages: Dict[str, Tuple[bytearray, Tensor]] = {}
    left = len(content)

    def load(key: str, dtype: torch.dtype, numel: int) -> Tensor:
        """Reserve a storage of shape (numel,), filled after the pickles."""
        nonlocal left
        if key not in storages:
            left -= numel * dtype.itemsize
            if left < 0:
                raise pickle.UnpicklingError('storages that are larger than the file')
            buffer = bytearray(numel * dtype.itemsize)
            storages[key] = buffer, _flat(buffer, dtype)
        return storages[key][1]

    def read(number: int) -> Any:
        file.seek(starts[number])
        return _Unpickler(file, load).load()

    if read(0) != 0x1950A86A20F9469CFC6C or read(1) != 1001:
        raise ValueError('a file without the number of PyTorch')
    result, keys = read(3), read(4)
    if type(keys) is not list or {*keys} != {*storages} or len(keys) != len(storages):
        raise ValueError('a file with an incomplete list of storages')
    file.seek(end)
    for key in keys:
        buffer, flat = storages[key]
        numel = int.from_bytes(file.read(8), 'little')
        if numel != flat.numel() or file.readinto(buffer) != len(buffer):
            raise ValueError('a truncated file')
    return result


def _without_skipped(value: Any, done: Optional[Dict[int, Any]] = None) -> Any:
    """Replace skipped objects by None; shared containers stay shared."""
    done = {} if done is None else done
    if isinstance(value, (_Skipped, _Name, _StorageType, type)):
        return None
    if type(value) not in (list, tuple, dict, OrderedDict):
        return value
    if id(value) not in done:
        if isinstance(value, dict):
            done[id(value)] = {
                key: _without_skipped(item, done) for key, item in value.items()
            }
        else:
            done[id(value)] = type(value)(_without_skipped(x, done) for x in value)
    return done[id(value)]


def load_tensors(file: Union[str, PathLike, bytes]) -> Any:
    """Read a file of `torch.save` without running code from it.

    Args:
        file (str | PathLike | bytes): The file, or its content.

    Returns:
        object: Tensors on the CPU, numbers, strings, lists, tuples, sets and dicts
        (ordered ones become plain). A storage is a 1D tensor. Parameters become
        tensors. Histories, NumPy values and schedules of MMEngine become None.

    Raises:
        OSError: If the file cannot be read.
        TypeError: If the path is not a string.
        pickle.UnpicklingError: If the file contains other types, or needs more memory
            than its size allows.
        ValueError: If it is not a file of `torch.save`, or is truncated.
    """
    content = file if isinstance(file, bytes) else read_bytes(file, MAX_FILE)
    try:
        read = _read_zip if content.startswith(_ZIP) else _read_legacy
        return _without_skipped(read(content))
    except (pickle.UnpicklingError, ValueError):
        raise
    except Exception as error:
        raise ValueError(f'{type(error).__name__}: {str(error)[:200]}') from error
