"""Training of any config with MMAction2's own script.

MIM starts this file (`mim train mmvkp NAME`). It imports mmvkp first, which repairs
known faults of the hosts. Arguments, options and output belong to MMAction2's
`tools/train.py`.
"""

import sys

import mmvkp  # noqa: F401, isort: skip
from mmvkp.recognition.host_tools import run_host_tool

if __name__ == '__main__':
    run_host_tool('train', sys.argv[1:])
