"""Scripts of the installed MMAction2, run with the repairs of mmvkp."""

import argparse
import difflib
import os
import os.path as osp
import subprocess
import sys
import types
from pathlib import Path
from typing import List, Optional, Sequence, Tuple
from unittest import mock

import mmaction
import torch

from ..methods import methods_of, resolve
from .host_repairs import repaired_source
from .loading import load_config


def tools_folder() -> Path:
    """Folder `tools` of the installed MMAction2.

    Raises:
        FileNotFoundError: If MMAction2 was installed without its scripts.
    """
    root = osp.dirname(osp.abspath(mmaction.__file__))
    candidates = [
        osp.join(root, '.mim', 'tools'),  # a wheel
        osp.join(osp.dirname(root), 'tools'),  # a source checkout
    ]
    for path in candidates:
        if osp.isfile(osp.join(path, 'train.py')):
            return Path(path)
    raise FileNotFoundError(
        f'MMAction2 {mmaction.__version__} in {root} has no scripts; looked '
        f'in {candidates}. Reinstall it from a wheel: '
        'pip install --force-reinstall --no-deps mmaction2'
    )


def list_host_tools() -> List[str]:
    """Names of all scripts, such as `analysis_tools/get_flops`, sorted."""
    folder = tools_folder()
    found = (each.relative_to(folder) for each in folder.rglob('*.py'))
    return sorted(each.with_suffix('').as_posix() for each in found)


def find_host_tool(name: str) -> Path:
    """Find a script by its path in `tools`, or by its file name alone.

    Args:
        name (str): `analysis_tools/get_flops` or `get_flops`, with or without
            `.py`.

    Raises:
        ValueError: If the script is unknown, or several have this name.
    """
    wanted, known = name.removesuffix('.py'), list_host_tools()
    found = [each for each in known if each == wanted] or [
        each for each in known if each.rpartition('/')[2] == wanted
    ]
    if len(found) > 1:
        raise ValueError(
            f'{name!r} is the name of several tools; give one of {", ".join(found)}.'
        )
    if not found:
        short = {each.rpartition('/')[2]: each for each in known}
        close = difflib.get_close_matches(wanted, [*short, *known], n=3, cutoff=0.5)
        hint = f' did you mean {" or ".join(close)}?' if close else ''
        raise ValueError(
            f'MMAction2 has no tool {name!r};{hint} `mmvkp host` lists all tools.'
        )
    return tools_folder() / f'{found[0]}.py'


def run_host_tool(name: str, args: Sequence[str]) -> None:
    """Run a script of MMAction2 in this process, with the repairs of its faults.

    Args:
        name (str): See `find_host_tool`.
        args (Sequence[str]): Its command line.

    Raises:
        FileNotFoundError: If MMAction2 was installed without its scripts.
        ValueError: If the script is unknown or cannot work; see `repaired_source`.
    """
    path, root = find_host_tool(name), tools_folder()
    source = repaired_source(
        path, path.relative_to(root).with_suffix('').as_posix(), args
    )
    # Worker processes find the functions of a script in this module.
    main, before = types.ModuleType('__main__'), sys.modules['__main__']
    main.__file__ = str(path)
    sys.modules['__main__'] = main
    with (
        mock.patch.object(sys, 'argv', [str(path), *args]),
        # Some scripts import others as `tools.data....`.
        mock.patch.object(sys, 'path', [str(path.parent), str(root.parent), *sys.path]),
    ):
        try:
            exec(compile(source, str(path), 'exec'), vars(main))
        finally:
            sys.modules['__main__'] = before


def report_cost(args: Sequence[str]) -> Optional[str]:
    """Cost of a model that `get_flops` cannot count.

    Args:
        args (Sequence[str]): Command line of `get_flops`.

    Returns:
        str | None: The report of the model's method; None for other models.
    """
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument('config', nargs='?')
    parser.add_argument('--shape', type=int, nargs='+', default=[224, 224])
    given, other = parser.parse_known_args(args)
    if other or not given.config:
        return None
    methods = methods_of(load_config(given.config))
    costs = [each.cost for each in methods if each.cost]
    return resolve(costs[0])(given.config, given.shape) if costs else None


def split_processes(args: Sequence[str]) -> Tuple[int, List[str]]:
    """Number of processes in a command line, and the remaining options.

    Args:
        args (Sequence[str]): Command line of `train` or `test`; `--gpus N` is an
            option of ours, all others belong to MMAction2's script.

    Returns:
        tuple[int, list[str]]: 0 without `--gpus`; else N, and `--launcher pytorch`
        is part of the options if N > 1.

    Raises:
        ValueError: If N is not a positive integer or exceeds the number of GPUs, or
            the launcher does not fit.
    """
    rest = list(args)
    gpus, launcher = _pop_option(rest, '--gpus'), _option(rest, '--launcher')
    started = 'RANK' in os.environ
    if gpus is None:
        if launcher == 'pytorch' and not started:
            raise ValueError(
                '--launcher pytorch needs a number of processes: add --gpus N, or '
                'start the command with torchrun.'
            )
        return 0, rest
    if not gpus.isdecimal() or int(gpus) < 1:
        raise ValueError(f'--gpus {gpus}: give a positive number of processes.')
    count, present = int(gpus), torch.cuda.device_count()
    if present and count > present:
        raise ValueError(
            f'--gpus {count}: this machine has {present} GPUs. Give at most this '
            'number, or set CUDA_VISIBLE_DEVICES=-1 to use processes on the CPU.'
        )
    if started or launcher in ('slurm', 'mpi'):
        raise ValueError(
            f'--gpus {count} starts processes itself; remove it, or use it with '
            '--launcher pytorch and without torchrun.'
        )
    if count > 1 and launcher != 'pytorch':
        _pop_option(rest, '--launcher')
        rest += ['--launcher', 'pytorch']
    elif count == 1:
        _pop_option(rest, '--launcher')
    return count, rest


def start_processes(count: int, words: Sequence[str]) -> int:
    """Run a command of mmvkp in several processes of this machine.

    Without a GPU the processes use the CPU and gloo.

    Args:
        count (int): Number of processes.
        words (Sequence[str]): The command, such as `train CONFIG --launcher pytorch`.

    Returns:
        int: Exit code.
    """
    launcher = [sys.executable, '-m', 'torch.distributed.run', '--standalone']
    count_option = f'--nproc_per_node={count}'
    root = str(Path(__file__).resolve().parents[2])
    paths = [root, *filter(None, [os.environ.get('PYTHONPATH')])]
    env = dict(os.environ, PYTHONPATH=os.pathsep.join(paths))
    return subprocess.run(
        [*launcher, count_option, '-m', 'mmvkp', *words], env=env, check=False
    ).returncode


def _option(args: Sequence[str], name: str) -> Optional[str]:
    """Value of an option, the last one if it is repeated."""
    return _pop_option(list(args), name)


def _pop_option(args: List[str], name: str) -> Optional[str]:
    """Remove an option, `--name value` or `--name=value`, and return its value."""
    value = None
    while True:
        place = next(
            (i for i, x in enumerate(args) if x == name or x.startswith(f'{name}=')),
            None,
        )
        if place is None:
            return value
        word = args.pop(place)
        if '=' in word:
            value = word.partition('=')[2]
        else:
            value = args.pop(place) if place < len(args) else ''
