"""Testing of any config with MMAction2's own script.

MIM starts this file (`mim test mmvkp NAME`). It only sees to it that mmvkp is
imported first, which repairs known faults of the hosts; arguments, options and
output are those of MMAction2's `tools/test.py`.
"""
import mmvkp  # noqa: F401, isort: skip
import os.path as osp
import runpy
import sys

import mmaction


def find_host_script(name: str) -> str:
    """Path of a script of the installed MMAction2.

    Args:
        name (str): File name, such as 'test.py'.

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
            return path
    raise FileNotFoundError(
        f'tools/test.py: MMAction2 {mmaction.__version__} in {root} has no '
        f'{name}; looked for {candidates}. Reinstall it from a wheel: '
        'pip install --force-reinstall --no-deps mmaction2')


if __name__ == '__main__':
    sys.argv[0] = find_host_script('test.py')
    runpy.run_path(sys.argv[0], run_name='__main__')
