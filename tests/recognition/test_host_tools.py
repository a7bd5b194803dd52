"""MMAction2's scripts are found and get the command line."""

import sys
from types import SimpleNamespace

import mmaction
import pytest
import torch

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


@pytest.mark.parametrize(
    'given, count, rest',
    [
        (['--seed', '0'], 0, ['--seed', '0']),
        (['--gpus', '1', '--launcher', 'pytorch'], 1, []),
        (['--gpus=2', '--amp'], 2, ['--amp', '--launcher', 'pytorch']),
        (
            ['--launcher=pytorch', '--gpus', '2', '--resume'],
            2,
            ['--launcher=pytorch', '--resume'],
        ),
    ],
)
def test_processes_are_split_from_the_options(given, count, rest, monkeypatch):
    monkeypatch.delenv('RANK', raising=False)
    assert host_tools.split_processes(given) == (count, rest)


@pytest.mark.parametrize(
    'given, message',
    [
        (['--gpus', 'two'], '--gpus two: give a positive number'),
        (['--gpus'], '--gpus : give a positive number'),
        (['--gpus', '0'], '--gpus 0: give a positive'),
        (['--gpus', '2', '--launcher', 'slurm'], 'starts processes itself; remove'),
        (['--launcher', 'pytorch'], 'needs a number of processes: add --gpus N'),
    ],
)
def test_wrong_numbers_of_processes(given, message, monkeypatch):
    monkeypatch.delenv('RANK', raising=False)
    with pytest.raises(ValueError, match=message):
        host_tools.split_processes(given)


def test_more_processes_than_gpus(monkeypatch):
    monkeypatch.delenv('RANK', raising=False)
    monkeypatch.setattr(torch.cuda, 'device_count', lambda: 1)
    with pytest.raises(ValueError, match='--gpus 2: this machine has 1 GPUs'):
        host_tools.split_processes(['--gpus', '2'])


def test_a_process_of_torchrun(monkeypatch):
    """It keeps its launcher and starts no others."""
    monkeypatch.setenv('RANK', '0')
    words = ['--launcher', 'pytorch']
    assert host_tools.split_processes(words) == (0, words)
    with pytest.raises(ValueError, match='starts processes itself'):
        host_tools.split_processes(['--gpus', '2'])


def test_processes_are_started_with_torchrun(monkeypatch):
    started = []

    def start(words, env, check):
        started.append(words)
        return SimpleNamespace(returncode=3)

    monkeypatch.setattr(host_tools.subprocess, 'run', start)
    assert host_tools.start_processes(2, ['train', 'c.py']) == 3
    assert started[0][1:] == [
        *('-m', 'torch.distributed.run', '--standalone', '--nproc_per_node=2'),
        *('-m', 'mmvkp', 'train', 'c.py'),
    ]
