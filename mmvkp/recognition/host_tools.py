"""Start of a script that came with the installed MMAction2."""

import os.path as osp
import runpy
import sys

import mmaction


def run_host_script(name: str) -> None:
    """Run a script of MMAction2 with the command line of this process.

    Args:
        name (str): File name, such as 'train.py'.

    Raises:
        FileNotFoundError: If this MMAction2 came without its scripts.
    """
    root = osp.dirname(osp.abspath(mmaction.__file__))
    candidates = [
        osp.join(root, '.mim', 'tools', name),  # a wheel
        osp.join(osp.dirname(root), 'tools', name),  # a source checkout
    ]
    for path in candidates:
        if osp.isfile(path):
            sys.argv[0] = path
            runpy.run_path(path, run_name='__main__')
            return
    raise FileNotFoundError(
        f'MMAction2 {mmaction.__version__} in {root} has no {name}; looked '
        f'for {candidates}. Reinstall it from a wheel: '
        'pip install --force-reinstall --no-deps mmaction2'
    )
