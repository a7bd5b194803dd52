"""Commands that convert public weights; the weights: tests of the converters."""

import pytest
import torch

from ..cli import run

COMMANDS = ('mfnet', 'tdn', 'resnext3d')


@pytest.mark.parametrize('name', COMMANDS)
def test_help_names_files_and_an_example(capsys, name):
    assert run('weights', name, '--help') == 0
    said = capsys.readouterr().out
    assert 'IN OUT' in said and 'https://github.com/' in said
    assert f'mmvkp weights {name} ' in said


@pytest.mark.parametrize('name', COMMANDS)
def test_errors_end_in_one_line(tmp_path, capsys, name):
    source, out = tmp_path / 'in.pth', tmp_path / 'out.pth'
    assert run('weights', name, source, out) == 1
    torch.save({'other': torch.zeros(1)}, source)
    assert run('weights', name, source, source) == 1
    assert run('weights', name, source, out) == 1
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 3
    for line, part in zip(lines, ('no such file', 'OUT is IN', "with ['other']")):
        assert line.startswith(f'mmvkp weights {name}: error: ') and part in line
    assert not out.exists()


@pytest.mark.parametrize(
    'name, option, allowed',
    [('mfnet', '--kind', "'auto', '2d', '3d'"), ('resnext3d', '--use', "'recognizer'")],
)
def test_unknown_choices(capsys, name, option, allowed):
    assert run('weights', name, 'in.pth', 'out.pth', option, 'x') == 1
    assert allowed in capsys.readouterr().err
