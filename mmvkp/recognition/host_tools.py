"""Scripts of the installed MMAction2, run with the repairs of mmvkp."""

import difflib
import os.path as osp
import runpy
import sys
from pathlib import Path
from typing import List, Sequence
from unittest import mock

import mmaction


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
    """Run a script of MMAction2 in this process.

    Args:
        name (str): See `find_host_tool`.
        args (Sequence[str]): Its command line.

    Raises:
        FileNotFoundError: If MMAction2 was installed without its scripts.
        ValueError: If the script is unknown.
    """
    path = find_host_tool(name)
    with (
        mock.patch.object(sys, 'argv', [str(path), *args]),
        mock.patch.object(sys, 'path', [str(path.parent), *sys.path]),
    ):
        runpy.run_path(str(path), run_name='__main__')
