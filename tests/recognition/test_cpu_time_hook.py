"""CPU time of a training, also of an interrupted one."""

from types import SimpleNamespace

import pytest
from mmaction.registry import HOOKS

from mmvkp.recognition import cpu_time_hook
from mmvkp.recognition.cpu_time_hook import training_seconds


def test_time_of_each_epoch(tmp_path, monkeypatch):
    clock = iter([10.0, 12.5, 100.0, 101.0])
    monkeypatch.setattr(cpu_time_hook.time, 'process_time', lambda: next(clock))
    runner = SimpleNamespace(work_dir=str(tmp_path), epoch=0)
    hook = HOOKS.build(dict(type='CpuTimeHook'))
    for runner.epoch in (0, 1):
        hook.before_train_epoch(runner)
        hook.after_train_epoch(runner)
    text = (tmp_path / 'cpu_seconds.csv').read_text()
    assert text == '1,2.500\n2,1.000\n'
    assert training_seconds(str(tmp_path)) == 3.5


def test_a_repeated_epoch_counts_once(tmp_path):
    (tmp_path / 'cpu_seconds.csv').write_text('1,2.5\n2,9\n2,1\n3,')
    assert training_seconds(str(tmp_path)) == 3.5


def test_damaged_and_missing_files(tmp_path):
    with pytest.raises(FileNotFoundError):
        training_seconds(str(tmp_path))
    (tmp_path / 'cpu_seconds.csv').write_text('1,2.5\ntwo\n')
    with pytest.raises(ValueError, match=r"line 2: 'two' is not EPOCH,SECONDS"):
        training_seconds(str(tmp_path))
