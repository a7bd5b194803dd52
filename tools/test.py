"""Testing of any config with MMAction2's own script.

MIM starts this file (`mim test mmvkp NAME`). It only sees to it that mmvkp is
imported first, which repairs known faults of the hosts; arguments, options and
output are those of MMAction2's `tools/test.py`.
"""

import mmvkp  # noqa: F401, isort: skip
from mmvkp.recognition.host_tools import run_host_script

if __name__ == '__main__':
    run_host_script('test.py')
