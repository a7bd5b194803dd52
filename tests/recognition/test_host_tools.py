"""The starters find MMAction2's scripts and hand over the command line."""

import subprocess
import sys
from pathlib import Path

import mmaction
import pytest

TOOLS = Path(__file__).resolve().parents[2] / 'tools'


@pytest.mark.parametrize(
    'name, option', [('train.py', '--auto-scale-lr'), ('test.py', '--dump')]
)
def test_options_are_those_of_the_host(name, option):
    done = subprocess.run(
        [sys.executable, '-W', 'ignore', str(TOOLS / name), '--help'],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert f'usage: {name}' in done.stdout and option in done.stdout


def test_a_host_without_scripts(monkeypatch, tmp_path):
    pass
    from mmvkp.recognition.host_tools import run_host_script

    monkeypatch.setattr(mmaction, '__file__', str(tmp_path / 'm/__init__.py'))
    with pytest.raises(FileNotFoundError, match='has no train.py; looked for'):
        run_host_script('train.py')
