"""Commands for any recognizer: arguments, output and user errors."""

import pytest

from mmvkp.recognition import host_tools, recipes

from ..cli import run

NAME = 'kpsem_r3d10_1xb16-u8-6e_stick-action-rgb'


@pytest.fixture
def started(monkeypatch):
    """Scripts that were started, instead of starting them."""
    calls = []
    monkeypatch.setattr(
        host_tools, 'run_host_tool', lambda name, args: calls.append((name, args))
    )
    return calls


def test_arguments_go_to_the_script(started):
    path = recipes.find_config(NAME)
    assert run('train', NAME, '--seed', 0, '--cfg-options', 'a.b=1') == 0
    assert run('test', NAME, 'a.pth', '--dump', 'a.pkl', '--help') == 0
    assert run('host', 'get_flops', NAME, 'a.py', '--help') == 0
    assert started == [
        ('train', [path, '--seed', '0', '--cfg-options', 'a.b=1']),
        ('test', [path, 'a.pth', '--dump', 'a.pkl', '--help']),
        ('get_flops', [path, 'a.py', '--help']),
    ]


def test_names_are_suggested(started, capsys):
    assert run('train', NAME.replace('16', '61')) == 1
    assert run('host', 'get_flop') == 1
    said = capsys.readouterr().err.splitlines()
    assert f'Did you mean {NAME}' in said[0] and 'did you mean get_flops' in said[1]
    assert len(said) == 2 and not started


def test_an_error_in_a_script_keeps_its_traceback(monkeypatch, capsys):
    def fail(name, args):
        raise RuntimeError('in the script')

    monkeypatch.setattr(host_tools, 'run_host_tool', fail)
    with pytest.raises(SystemExit) as end:
        run('host', 'get_flops')
    assert end.value.code == 1
    said = capsys.readouterr().err
    assert said.startswith('Traceback') and 'in the script' in said


def test_host_lists_its_tools(capsys):
    assert run('host') == 0
    assert 'analysis_tools/confusion_matrix' in capsys.readouterr().out.splitlines()


def test_list_of_recipes(capsys):
    assert run('list', 'stick-action') == 0
    assert NAME in capsys.readouterr().out.splitlines()
    assert run('list', NAME, '--paths') == 0
    assert capsys.readouterr().out == f'{recipes.find_config(NAME)}\n'
    assert run('list', 'xyz') == 1
    assert "no recipe matches 'xyz'" in capsys.readouterr().err
