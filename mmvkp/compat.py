"""Repairs of the hosts, each applied only if its fault is present.

Importing this module applies them all, before the first `import mmaction.models`.
No other module patches a host.
"""

import functools
import importlib.util
import io
import pickle
import sys
import types
from pathlib import Path
from typing import Any, Tuple

import mmengine.dist
import mmengine.runner
import torch
from mmengine.config.utils import MODULE2PACKAGE
from mmengine.fileio.backends import LocalBackend
from mmengine.logging import HistoryBuffer
from mmengine.registry import Registry, root
from mmengine.runner import Runner
from mmengine.runner.checkpoint import CheckpointLoader

from .checkpoint_types import allowed_globals
from .cpu_processes import init_process_group, wrap_model
from .last_checkpoint import check_resumed, find_last_checkpoint, write_whole
from .missing_weights import load, train

_DRN_PACKAGE = 'mmaction.models.localizers.drn'
_TORCH = tuple(int(part) for part in torch.__version__.split('.')[:2])


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
    torch.serialization.add_safe_globals(allowed_globals())
    return True


def is_cpu_autocast_enabled() -> bool:
    """True in `torch.autocast('cpu')`.

    `torch.is_autocast_enabled` takes no device before torch 2.4.
    """
    if _TORCH >= (2, 4):
        return torch.is_autocast_enabled('cpu')
    return torch.is_autocast_cpu_enabled()


def is_compiling() -> bool:
    """True while `torch.compile` or `torch.export` runs.

    `torch.compiler.is_compiling` is missing before torch 2.3.
    """
    if not hasattr(torch.compiler, 'is_compiling'):
        return torch._dynamo.external_utils.is_compiling()
    return torch.compiler.is_compiling()


if not hasattr(torch.compiler, 'is_compiling'):
    importlib.import_module('torch._dynamo.external_utils')


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


def name_bad_lines() -> bool:
    """Name the lines of an annotation list that are not readable.

    MMAction2 1.2.0 fails with the message of `int`, or of an index, without list and
    line, for a label that is not a number, a missing field or a path with a blank.

    Retires when: MMAction2 names the line.

    Returns:
        bool: True if the data sets were extended.
    """
    from mmaction.datasets import RawframeDataset, VideoDataset

    from .annotation_lists import layout_of, refuse_bad_lines

    for kind in (VideoDataset, RawframeDataset):
        kind.load_data_list = _with_bad_lines(
            kind.load_data_list, layout_of, refuse_bad_lines
        )
    return True


def _with_bad_lines(load: Any, layout_of: Any, refuse: Any) -> Any:
    """Method that lists all lines that are not readable after an error."""

    @functools.wraps(load)
    def load_or_refuse(self: Any) -> Any:
        try:
            return load(self)
        except (ValueError, IndexError, AssertionError):
            layout = layout_of(self)
            if layout is not None:
                refuse(self.ann_file, layout)
            raise

    return load_or_refuse


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


def explain_missing_weights() -> bool:
    """Name the source of missing weights, and the command that makes them.

    MMEngine 0.10.7 says that a file cannot be found, or shows an error of urllib,
    after the data sets were read and without the key of the config.

    Retires when: never for the files of our recipes; MMEngine does not know their
    sources.

    Returns:
        bool: True.
    """
    Runner.train = train(Runner.train)
    CheckpointLoader.load_checkpoint = staticmethod(
        load(CheckpointLoader.load_checkpoint)
    )
    return True


def name_package() -> bool:
    """Let configs and inferencers of the hosts find recipes by `mmvkp::`.

    MMEngine reads `_base_ = 'package::config'`, `mmengine.hub` and the `scope` of an
    inferencer from a fixed list of packages.

    Retires when: MMEngine accepts any installed package with a `.mim` folder.

    Returns:
        bool: True if the package was added to the list.

    Source: `MODULE2PACKAGE` in mmengine/config/utils.py.
    """
    if 'mmvkp' in MODULE2PACKAGE:
        return False
    MODULE2PACKAGE['mmvkp'] = 'mmvkp'
    # `mmengine.hub.get_model` calls this function in `package.utils`. The import has
    # registered everything.
    utils = types.ModuleType('mmvkp.utils', 'For mmengine.hub.get_model')
    vars(utils)['register_all_modules'] = lambda: None
    sys.modules[utils.__name__] = utils
    return True


REPAIRS: Tuple[Tuple[str, bool], ...] = (
    ('mmaction without DRN', provide_drn_stand_in()),
    ('mmengine checkpoints with weights_only', allow_mmengine_checkpoints()),
    ('message for a missing mmdet', name_missing_mmdet()),
    ('mmvkp:: in configs', name_package()),
    ('check of the parts of a recognizer', check_recognizers_when_built()),
    ('lines of annotation lists', name_bad_lines()),
    ('damaged checkpoints in a resume', repair_resume()),
    ('processes without a GPU', start_cpu_processes()),
    ('sources of missing weights', explain_missing_weights()),
)
