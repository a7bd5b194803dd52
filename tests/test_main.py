"""`python -m mmvkp` in this process."""

import runpy
import sys

import pytest

import mmvkp_cli


@pytest.mark.parametrize('code', [0, 3])
def test_the_exit_code_is_that_of_the_command(monkeypatch, code):
    monkeypatch.setattr(mmvkp_cli, 'main', lambda: code)
    with pytest.raises(SystemExit) as exited:
        runpy.run_module('mmvkp', run_name='__main__')
    assert exited.value.code == code


def test_arguments_of_the_shell_are_read(monkeypatch, capsys):
    monkeypatch.setattr(mmvkp_cli, '_keep_memory', lambda: None)
    monkeypatch.setattr(sys, 'argv', ['mmvkp', '--help'])
    with pytest.raises(SystemExit) as exited:
        runpy.run_module('mmvkp', run_name='__main__')
    assert not exited.value.code
    assert capsys.readouterr().out.startswith('Usage: mmvkp ')


def test_an_import_runs_nothing(monkeypatch):
    monkeypatch.setattr(mmvkp_cli, 'main', lambda: pytest.fail('main was called'))
    runpy.run_module('mmvkp.__main__', run_name='mmvkp.__main__')
