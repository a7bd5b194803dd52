"""The notebook: its commands, and a run against a local wheel."""

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from .cli import check
from .test_packaging import checkout, site, wheel  # noqa: F401  fixtures

BOOK = Path(__file__).parents[1] / 'notebooks/quick_start.ipynb'
# `!command` of a cell; `mmvkp` is the module of the wheel.
SHELL = """
import shlex, subprocess, sys
import mmvkp_cli

print(mmvkp_cli.__file__)

def shell(line):
    name, *words = shlex.split(line)
    assert name == 'mmvkp', line
    command = [sys.executable, '-W', 'ignore', '-m', 'mmvkp', *words]
    subprocess.run(command, check=True)
"""


def cells():
    """Code of the cells after the installation."""
    for cell in json.loads(BOOK.read_text(encoding='utf-8'))['cells']:
        if cell['cell_type'] == 'code':
            assert not cell['outputs'] and cell['execution_count'] is None
            if 'install' not in cell['metadata'].get('tags', ()):
                yield ''.join(cell['source'])


def test_commands_of_the_notebook():
    lines = re.findall(r'^!(.*)', '\n'.join(cells()), re.M)
    assert len(lines) > 5
    for line in lines:
        check(shlex.split(line)[1:])


@pytest.mark.slow
def test_the_notebook_runs(site, tmp_path):  # noqa: F811
    code = re.sub(
        r'^!(.*)', lambda line: f'shell({line[1]!r})', '\n'.join(cells()), flags=re.M
    )
    (tmp_path / 'notebook.py').write_text(SHELL + code)
    done = subprocess.run(
        [sys.executable, '-W', 'ignore', 'notebook.py'],
        cwd=tmp_path,
        env={**os.environ, 'PYTHONPATH': str(site)},
        capture_output=True,
        text=True,
        timeout=1200,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert f'{site}/mmvkp_cli.py' in done.stdout
    assert (tmp_path / 'key_points.png').stat().st_size > 1000
    assert re.search(r'rise/\S+\.mp4 \[\(', done.stdout)
