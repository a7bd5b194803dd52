"""Help and wrong options of the quickstart script."""

import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[1] / 'tools/quickstart.sh'


def run(*options):
    return subprocess.run(
        ['bash', str(SCRIPT), *options], capture_output=True, text=True, timeout=60
    )


def test_help():
    done = run('--help')
    assert done.returncode == 0
    for option in ('--seeds', '--control', '--light', '--active'):
        assert option in done.stdout


@pytest.mark.parametrize(
    'options, message',
    [
        (['--seed', '1'], "unknown option '--seed'; allowed: --seeds --control"),
        (['--seeds'], '--seeds needs whole numbers'),
        (['--seeds', '--control'], '--seeds needs whole numbers'),
    ],
)
def test_wrong_options(options, message):
    done = run(*options)
    assert done.returncode == 1
    assert message in done.stderr and done.stderr.count('\n') == 1
    assert done.stdout == ''
