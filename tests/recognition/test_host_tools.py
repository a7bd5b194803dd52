"""MMAction2's scripts are found and get the command line."""

import sys

import mmaction
import pytest

from mmvkp.recognition import host_tools


@pytest.mark.parametrize(
    'name, option', [('train', '--auto-scale-lr'), ('test.py', '--dump')]
)
def test_options_are_those_of_the_host(capsys, name, option):
    before = list(sys.argv), list(sys.path)
    with pytest.raises(SystemExit) as end:
        host_tools.run_host_tool(name, ['--help'])
    assert not end.value.code
    said = capsys.readouterr().out
    assert f'usage: {name.removesuffix(".py")}.py' in said and option in said
    assert (sys.argv, sys.path) == before


def test_a_script_is_found_by_its_path_or_its_name():
    tools = host_tools.list_host_tools()
    assert 'train' in tools and 'analysis_tools/get_flops' in tools
    path = host_tools.find_host_tool('get_flops')
    assert path == host_tools.find_host_tool('analysis_tools/get_flops.py')
    assert path.is_file()


@pytest.mark.parametrize(
    'name, message',
    [
        ('get_flop', 'did you mean get_flops'),
        ('xyz', 'no tool .xyz.; .mmvkp host. lists'),
        ('download', 'is the name of several tools; give one of data/'),
    ],
)
def test_unknown_scripts(name, message):
    with pytest.raises(ValueError, match=message):
        host_tools.find_host_tool(name)


def test_a_host_without_scripts(monkeypatch, tmp_path):
    monkeypatch.setattr(mmaction, '__file__', str(tmp_path / 'm/__init__.py'))
    with pytest.raises(FileNotFoundError, match='has no scripts; looked in'):
        host_tools.run_host_tool('train', [])
