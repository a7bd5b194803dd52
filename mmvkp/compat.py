"""Repairs of the hosts, each applied only if its fault is present.

Importing this module applies them all, before the first `import mmaction.models`.
No other module patches a host.
"""

import functools
import importlib.util
import io
import math
import pickle
import re
import sys
import types
from pathlib import Path
from typing import Any, Dict, List, Tuple

import mmengine.dist
import mmengine.runner
import numpy as np
import torch
from mmengine.config.utils import MODULE2PACKAGE
from mmengine.fileio.backends import LocalBackend
from mmengine.logging import HistoryBuffer
from mmengine.optim.scheduler import OneCycleParamScheduler
from mmengine.registry import Registry, root
from mmengine.runner import Runner

from .cpu_processes import init_process_group, wrap_model
from .last_checkpoint import check_resumed, find_last_checkpoint, write_whole

_DRN_PACKAGE = 'mmaction.models.localizers.drn'
# Codes of booleans, integers, floating point and complex numbers.
_DTYPE_CODE = re.compile(r'[<>=|]?(\?|b1|[iu][1248]|f[248]|c(8|16))')


def provide_drn_stand_in() -> bool:
    """Make `import mmaction.models` work without DRN.

    The wheel of MMAction2 1.2.0 lacks the folder `models/localizers/drn`, which its
    `localizers/__init__.py` imports. A source checkout has the folder, but needs
    torchvision, which is not declared. In both cases an empty class `DRN` replaces
    the module. It is not registered: a config with `DRN` still fails by name.

    Retires when: a release of MMAction2 contains the folder and does not need
    torchvision for it.

    Returns:
        bool: True if the module was replaced.

    Source: https://github.com/open-mmlab/mmaction2/issues/2714
    """
    host = importlib.util.find_spec('mmaction')
    if host is None or 'mmaction.models.localizers' in sys.modules:
        return False
    shipped = any(
        Path(root, 'models', 'localizers', 'drn', 'drn.py').is_file()
        for root in host.submodule_search_locations or ()
    )
    if shipped and _torchvision_works():
        return False
    package = types.ModuleType(_DRN_PACKAGE, 'Replaced by mmvkp.compat')
    module = types.ModuleType(f'{_DRN_PACKAGE}.drn', package.__doc__)
    vars(module)['DRN'] = type('DRN', (), {'__module__': module.__name__})
    vars(package).update(__path__=[], drn=module)
    sys.modules[package.__name__] = package
    sys.modules[module.__name__] = module
    return True


def _torchvision_works() -> bool:
    """True if torchvision loads; a build for another torch raises an error."""
    try:
        import torchvision  # noqa: F401
    except Exception:
        return False
    return True


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


def _allowed_globals() -> List[Any]:
    """Replacements of the types in MMEngine's checkpoints, with their names."""
    scheduler = f'{OneCycleParamScheduler.__module__}.OneCycleParamScheduler'
    allowed: List[Any] = [
        (_RestoredHistoryBuffer, 'mmengine.logging.history_buffer.HistoryBuffer'),
        (_OneCycleInFile, scheduler),
        (_attribute, 'builtins.getattr'),
        (_DtypeInFile, 'numpy.dtype'),
        (_ArrayInFile, 'numpy.ndarray'),
        (_RestoredArray, 'mmvkp.compat._RestoredArray'),
    ]
    # NumPy 2 moved the module; files contain either name.
    for path in ('numpy.core.multiarray', 'numpy._core.multiarray'):
        allowed.append((_reconstruct, f'{path}._reconstruct'))
        allowed.append((_scalar, f'{path}.scalar'))
    return allowed


def _reads_own_history() -> bool:
    """True if `torch.load` reads a HistoryBuffer with its defaults."""
    file = io.BytesIO()
    torch.save({'loss': HistoryBuffer([0.5], [1])}, file)
    file.seek(0)
    try:
        torch.load(file)
    except pickle.UnpicklingError:
        return False
    return True


def allow_mmengine_checkpoints() -> bool:
    """Make `torch.load(weights_only=True)` read MMEngine's checkpoints.

    This mode is the default since torch 2.6, and MMEngine 0.10.7 uses the default.
    Its checkpoints contain `HistoryBuffer` objects, NumPy numbers, functions of
    one-cycle schedules and a pickled `getattr`, so that testing and resuming fail.
    Each of these is mapped to a function that builds this kind of data only.
    `weights_only` stays on: other globals in a file are refused, and the file
    cannot run code.

    Retires when: MMEngine adds its types to torch's list.

    Returns:
        bool: True if torch's list was extended.

    Source: https://github.com/open-mmlab/mmengine/issues/1655
    """
    if _reads_own_history():
        return False
    torch.serialization.add_safe_globals(_allowed_globals())
    return True


class _NotInstalled(Registry):
    """Replaces the registry of a missing package."""

    def get(self, key: str) -> None:
        """Raise an error that names the missing package."""
        raise KeyError(
            f'type={self.scope}.{key} belongs to the package {self.scope}, which '
            f'is not installed. Install it (mim install {self.scope}, or bash '
            'tools/setup_env.sh --full in a checkout of mmvkp), or use a '
            f"type without the prefix '{self.scope}.'."
        )


def name_missing_mmdet() -> bool:
    """Raise a clear error for types of MMDetection if it is missing.

    MMEngine's message says that the type is not in MMAction2's registry; the missing
    package is only logged at level DEBUG.

    Returns:
        bool: True if MMDetection is missing.
    """
    if importlib.util.find_spec('mmdet') is not None:
        return False
    for registry in vars(root).values():
        if isinstance(registry, Registry) and 'mmdet' not in registry.children:
            _NotInstalled(registry.name, parent=registry, scope='mmdet')
    return True


def check_recognizers_when_built() -> bool:
    """Let the parts of a recognizer check it at the end of its constructor.

    MMAction2 does not compare neck and head: a wrong `in_channels` of the head, or a
    head that regroups the frames, fails at the first step, with the message of a
    matrix product or a division by zero.

    Retires when: MMAction2 compares the parts of a recognizer.

    Returns:
        bool: True if the constructor was extended.
    """
    from mmaction.models.recognizers import BaseRecognizer

    from .checks import check_parts

    build = BaseRecognizer.__init__

    @functools.wraps(build)
    def build_and_check(self: BaseRecognizer, *args: Any, **kwargs: Any) -> None:
        build(self, *args, **kwargs)
        check_parts(self)

    BaseRecognizer.__init__ = build_and_check
    return True


def repair_resume() -> bool:
    """Continue an interrupted training from its newest readable checkpoint.

    MMEngine 0.10.7 writes checkpoints and `last_checkpoint` in place. A process that
    ends while it writes leaves a file that is empty or incomplete, and every resume
    fails with a message that does not name it. Here files are renamed when they are
    complete, and damaged ones are skipped with a warning, or named.

    Retires when: MMEngine renames complete files and checks what it resumes from.

    Returns:
        bool: True: no release of MMEngine does this.
    """

    def load_or_resume(runner: Runner) -> None:
        if runner._resume and not runner._has_loaded:
            check_resumed(runner._load_from)
        original(runner)

    original = Runner.load_or_resume
    Runner.load_or_resume = load_or_resume
    LocalBackend.put = lambda self, obj, filepath: write_whole(obj, filepath)
    for module in (mmengine.runner.runner, mmengine.runner.checkpoint):
        module.find_latest_checkpoint = find_last_checkpoint
    return True


def start_cpu_processes() -> bool:
    """Train in several processes on a machine without a GPU.

    MMEngine 0.10.7 selects a CUDA device and passes device ids for every model. Here
    processes without a GPU use gloo.

    Retires when: `init_dist` and `Runner.wrap_model` of MMEngine check the device.

    Returns:
        bool: True: no release of MMEngine does this.
    """
    utils = mmengine.dist.utils
    utils._init_dist_pytorch = init_process_group(utils._init_dist_pytorch)
    Runner.wrap_model = wrap_model(Runner.wrap_model)
    return True


def name_package() -> bool:
    """Let configs and inferencers of the hosts find recipes by `mmvkp::`.

    MMEngine reads `_base_ = 'package::config'`, `mmengine.hub.get_config` and the
    `scope` of an inferencer from a fixed list of packages.

    Retires when: MMEngine accepts any installed package with a `.mim` folder.

    Returns:
        bool: True if the package was added to the list.

    Source: `MODULE2PACKAGE` in mmengine/config/utils.py.
    """
    if 'mmvkp' in MODULE2PACKAGE:
        return False
    MODULE2PACKAGE['mmvkp'] = 'mmvkp'
    return True


REPAIRS: Tuple[Tuple[str, bool], ...] = (
    ('mmaction without DRN', provide_drn_stand_in()),
    ('mmengine checkpoints with weights_only', allow_mmengine_checkpoints()),
    ('message for a missing mmdet', name_missing_mmdet()),
    ('mmvkp:: in configs', name_package()),
    ('check of the parts of a recognizer', check_recognizers_when_built()),
    ('damaged checkpoints in a resume', repair_resume()),
    ('processes without a GPU', start_cpu_processes()),
)
