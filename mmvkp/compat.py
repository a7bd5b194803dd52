"""Repairs of the hosts, each applied only where its fault is present.

Importing this module runs them all; it must happen before the first
``import mmaction.models``. Nothing else in the package patches a host.
"""

import importlib.util
import io
import pickle
import sys
import types
from pathlib import Path
from typing import Any, Dict, List, Tuple

import numpy as np
import torch
from mmengine.logging import HistoryBuffer
from mmengine.optim.scheduler import OneCycleParamScheduler
from mmengine.registry import Registry, root

_DRN_PACKAGE = 'mmaction.models.localizers.drn'


def provide_drn_stand_in() -> bool:
    """Let ``import mmaction.models`` work where DRN cannot be imported.

    The wheel of MMAction2 1.2.0 lacks the folder ``models/localizers/drn``,
    which its own ``localizers/__init__.py`` imports; a source checkout has
    the folder and then needs torchvision, which nothing declares. In both
    cases an empty ``DRN`` class takes the place of the module. It is not
    registered: a config that asks for ``DRN`` still fails by name.

    Retires when: a release of MMAction2 ships the folder and needs no
    torchvision for it.

    Returns:
        bool: Whether a stand-in was needed and put in place.

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
    package = types.ModuleType(_DRN_PACKAGE, 'Stand-in made by mmvkp.compat')
    package.__path__ = []  # type: ignore[attr-defined]
    module = types.ModuleType(f'{_DRN_PACKAGE}.drn', package.__doc__)
    module.DRN = type('DRN', (), {'__module__': module.__name__})
    package.drn = module
    sys.modules[package.__name__] = package
    sys.modules[module.__name__] = module
    return True


def _torchvision_works() -> bool:
    """Whether torchvision loads; a build for another torch raises."""
    try:
        import torchvision  # noqa: F401
    except Exception:
        return False
    return True


class _RestoredHistoryBuffer(HistoryBuffer):
    """What a pickled ``HistoryBuffer`` is built as while it is being read.

    ``HistoryBuffer.__setstate__`` copies the table of statistics of the file
    into a dict that all buffers of the process share. Here the table is
    dropped (the class of the running process has its own) and the object
    becomes a plain ``HistoryBuffer`` again, so that what is saved next can be
    read without this package.
    """

    def __setstate__(self, state: Dict[str, Any]) -> None:
        """Take over the history and nothing else."""
        self.__class__ = HistoryBuffer
        HistoryBuffer.__init__(
            self, state['_log_history'], state['_count_history'], state['max_length']
        )


class _OneCycleInFile:
    """What stands for the class `OneCycleParamScheduler` in a file."""


def _attribute(owner: type, name: str) -> Any:
    """Stand in for the ``getattr`` of a pickle.

    Pickle writes a function of a class as ``getattr(class, 'name')``. In
    MMEngine's checkpoints these are the statistics of `HistoryBuffer`, which
    are dropped anyway (see `_RestoredHistoryBuffer`), and the annealing
    function of a one-cycle schedule, one of two.
    """
    if owner is _RestoredHistoryBuffer:
        return name
    if owner is _OneCycleInFile and name in ('_annealing_cos', '_annealing_linear'):
        return getattr(OneCycleParamScheduler, name)
    raise pickle.UnpicklingError(
        f'getattr({owner!r}, {name!r}) in a checkpoint was refused; only the '
        'statistics of HistoryBuffer and the annealing functions of '
        'OneCycleParamScheduler may be named.'
    )


def _plain_dtype(spec: str, *_: Any) -> np.dtype:
    """Build a NumPy dtype of numbers: a copy, never NumPy's own object."""
    dtype = np.dtype(spec, align=False, copy=True)
    if dtype.kind not in 'biufc':
        raise pickle.UnpicklingError(
            f'dtype {spec!r} in a checkpoint was refused; only booleans, '
            'integers, floating point and complex numbers are read.'
        )
    return dtype


def _allowed_globals() -> List[Any]:
    """What a checkpoint of MMEngine holds beyond tensors and containers."""
    multiarray = sys.modules.get(
        'numpy._core.multiarray', sys.modules.get('numpy.core.multiarray')
    )
    allowed: List[Any] = [
        (_RestoredHistoryBuffer, 'mmengine.logging.history_buffer.HistoryBuffer'),
        (
            _OneCycleInFile,
            f'{OneCycleParamScheduler.__module__}.OneCycleParamScheduler',
        ),
        (_attribute, 'builtins.getattr'),
        (_plain_dtype, 'numpy.dtype'),
        np.ndarray,
    ]
    # NumPy 2 moved the module; files of both spellings are in the wild.
    for path in ('numpy.core.multiarray', 'numpy._core.multiarray'):
        for name in ('_reconstruct', 'scalar'):
            allowed.append((getattr(multiarray, name), f'{path}.{name}'))
    allowed += sorted(
        {type(np.dtype(code)) for code in '?bhilqBHILQefdFD'},
        key=lambda cls: cls.__name__,
    )
    return allowed


def _reads_own_history() -> bool:
    """Whether `torch.load`, left at its defaults, reads a HistoryBuffer."""
    file = io.BytesIO()
    torch.save({'loss': HistoryBuffer([0.5], [1])}, file)
    file.seek(0)
    try:
        torch.load(file)
    except pickle.UnpicklingError:
        return False
    return True


def allow_mmengine_checkpoints() -> bool:
    """Let ``torch.load(weights_only=True)`` read MMEngine's checkpoints.

    Since torch 2.6 that mode is the default, and MMEngine 0.10.7 leaves it
    at the default while its checkpoints hold ``HistoryBuffer`` objects, NumPy
    numbers, functions of one-cycle schedules and a pickled ``getattr``:
    testing from and resuming a checkpoint fail. Each of these is mapped to a
    function that can build that kind of data and nothing else.
    ``weights_only`` stays on, so any other global in a file is refused, and
    the file runs no code.

    Retires when: MMEngine puts its own types on torch's list.

    Returns:
        bool: Whether the fault was there and torch's list was extended.

    Source: https://github.com/open-mmlab/mmengine/issues/1655
    """
    if _reads_own_history():
        return False
    torch.serialization.add_safe_globals(_allowed_globals())
    return True


class _NotInstalled(Registry):
    """Takes the place of the registry of a package that is not there."""

    def get(self, key: str) -> None:
        """Say what is missing, as `Registry.get` would if it could know."""
        raise KeyError(
            f'type={self.scope}.{key} is of the package {self.scope}, which '
            f'is not installed. Install it (mim install {self.scope}, or bash '
            'tools/setup_env.sh --full in a checkout of mmvkp), or name a '
            f"type without the prefix '{self.scope}.'."
        )


def name_missing_mmdet() -> bool:
    """Let a config that needs MMDetection say so where it is missing.

    MMEngine's own message says that the type is not in MMAction2's registry,
    not that the package is missing (it logs that at level DEBUG).

    Returns:
        bool: Whether MMDetection is missing.
    """
    if importlib.util.find_spec('mmdet') is not None:
        return False
    for registry in vars(root).values():
        if isinstance(registry, Registry) and 'mmdet' not in registry.children:
            _NotInstalled(registry.name, parent=registry, scope='mmdet')
    return True


REPAIRS: Tuple[Tuple[str, bool], ...] = (
    ('mmaction DRN stand-in', provide_drn_stand_in()),
    ('mmengine checkpoints with weights_only', allow_mmengine_checkpoints()),
    ('message for a missing mmdet', name_missing_mmdet()),
)
