"""Rows, folders and failures of the learning benchmark."""

import sys
import threading
from concurrent.futures import Future
from pathlib import Path

import pytest

from mmvkp.stick_action import learning_benchmark
from mmvkp.stick_action.learning_benchmark import Run

ROOT = Path(__file__).resolve().parents[2]
CONFIG = str(
    ROOT / 'configs/recognition/kpsem/kpsem_r3d10_1xb16-u8-6e_stick-action-rgb.py'
)


def test_names_of_rows():
    assert learning_benchmark.name_configs([CONFIG, f'R3D + KPSEM={CONFIG}']) == {
        'kpsem_r3d10': CONFIG,
        'R3D + KPSEM': CONFIG,
    }
    found = learning_benchmark.name_configs(['kpsem/*r3d10*stick-action*'])
    assert found['kpsem_r3d10'].endswith('kpsem_r3d10_1xb16-u8-6e_stick-action-rgb.py')
    assert {'r3d_r3d10', 'kpsem-g1_r3d10'} < set(found)
    assert learning_benchmark.folder_name('R3D + KPSEM', 2) == 'r3d-kpsem_seed2'


@pytest.mark.parametrize(
    'texts, message',
    [
        (['nowhere.py'], 'no config nowhere.py'),
        (['nowhere*'], "no recipe matches 'nowhere"),
        ([CONFIG, CONFIG], 'would both be the row kpsem_r3d10'),
    ],
)
def test_wrong_rows(texts, message):
    with pytest.raises((ValueError, FileNotFoundError), match=message):
        learning_benchmark.name_configs(texts)


def test_the_last_checkpoint_is_tested(tmp_path):
    train, test = learning_benchmark.commands(Run('kpsem', CONFIG, 3, str(tmp_path), 6))
    assert train[1:6] == ['-W', 'ignore', '-m', 'mmvkp', 'train']
    assert train[-2:] == ['--seed', '3']
    assert test[5:7] == ['test', CONFIG]
    assert str(tmp_path / 'epoch_6.pth') in test


FOLDER = ROOT / 'configs/recognition/aknet'
STAGE1 = str(FOLDER / 'tsm_slim-r10_1xb16-u8-6e_stick-action-rgb.py')
STAGE2 = str(FOLDER / 'aknet-tsm_slim-r10_1xb16-u8-6e_stick-action-rgb.py')


def test_second_stage_starts_from_the_first_with_its_seed(tmp_path):
    out = str(tmp_path)
    runs = learning_benchmark.plan_runs(dict(ours=STAGE2, host=STAGE1), [0, 5], out)
    assert [(run.name, run.seed) for run in runs] == [
        ('host', 0),
        ('host', 5),
        ('ours', 0),
        ('ours', 5),
    ]
    assert runs[0].after is None and runs[0].start is None
    assert runs[3].after == runs[1].folder == f'{out}/host_seed5'
    train = learning_benchmark.commands(runs[3])[0]
    assert train[-2:] == ['--cfg-options', f'load_from={out}/host_seed5/epoch_6.pth']
    # Without the first stage among the rows, load_from is used as it is.
    (alone,) = learning_benchmark.plan_runs(dict(ours=STAGE2), [0], out)
    assert alone.after is None
    assert '--cfg-options' not in learning_benchmark.commands(alone)[0]


def test_only_begun_runs_are_resumed(tmp_path):
    run = Run('ours', STAGE2, 0, str(tmp_path), 6, 'before', 'before/epoch_6.pth')
    (tmp_path / 'last_checkpoint').write_text('epoch_2.pth')
    train = learning_benchmark.commands(run)[0]
    assert train[-1] == '--resume' and '--cfg-options' not in train


def test_second_stage_does_not_start_after_a_failure(tmp_path, monkeypatch):
    fake(monkeypatch, 'print("never")')
    failed = Future()
    failed.set_exception(RuntimeError('the first stage failed'))
    run = Run('ours', STAGE2, 0, str(tmp_path / 'run'), 6, 'x', 'x/epoch_6.pth')
    with pytest.raises(RuntimeError, match='first stage'):
        learning_benchmark.run_once(run, 1, failed)
    assert not (tmp_path / 'run').exists()


def fake(monkeypatch, *scripts):
    monkeypatch.setattr(
        learning_benchmark,
        'commands',
        lambda run: [[sys.executable, '-c', script] for script in scripts],
    )


def test_a_run_is_done_once(tmp_path, monkeypatch, capsys):
    line = (
        'Epoch(train)  [2][ 50/150]  lr: 1e-3  data_time: 0.01  '
        'loss: 0.5063  top1_acc: 1.0'
    )
    fake(monkeypatch, f'print({line!r})', 'print("tested")')
    run = Run('kpsem', CONFIG, 0, str(tmp_path / 'run'), 6)
    learning_benchmark.run_once(run, 1)
    assert capsys.readouterr().out == 'kpsem seed 0: [2][ 50/150] loss: 0.5063\n'
    assert (tmp_path / 'run/run.log').read_text() == f'{line}\ntested\n'
    fake(monkeypatch, 'raise SystemExit("not again")')
    learning_benchmark.run_once(run, 1)


def test_a_failure_shows_its_log_and_is_not_done(tmp_path, monkeypatch):
    fake(monkeypatch, 'print("why"); raise SystemExit(3)', 'print("tested")')
    run = Run('kpsem', CONFIG, 0, str(tmp_path), 6)
    with pytest.raises(RuntimeError, match='why\nkpsem with seed 0 failed'):
        learning_benchmark.run_once(run, 1)
    assert 'tested' not in (tmp_path / 'run.log').read_text()
    assert not (tmp_path / 'tested').exists()


def test_configs_are_read_before_threads_start(tmp_path, monkeypatch):
    """MMEngine reloads pkg_resources as it reads a config: not thread-safe."""
    readers = []
    real = learning_benchmark.Config.fromfile

    def fromfile(path, *args, **kwargs):
        readers.append(threading.current_thread())
        return real(path, *args, **kwargs)

    monkeypatch.setattr(learning_benchmark.Config, 'fromfile', fromfile)
    fake(monkeypatch, 'pass')
    monkeypatch.setattr(
        learning_benchmark.compare_runs, 'make_table', lambda rows: 'table'
    )
    out = tmp_path / 'out'
    table = learning_benchmark.compare(dict(a=STAGE1, b=CONFIG), [0], str(out), 2)
    assert table == 'table' and (out / 'table.md').read_text() == 'table\n'
    assert (out / 'a_seed0/tested').exists()
    assert (out / 'b_seed0/tested').exists()
    assert readers == [threading.main_thread()] * 2


def test_no_run_starts_after_a_failure(tmp_path, monkeypatch):
    fake(monkeypatch, 'raise SystemExit(1)')
    runs = [Run(name, CONFIG, 0, str(tmp_path / name), 6) for name in 'abc']
    with pytest.raises(learning_benchmark.RunFailed, match='a with seed 0 failed'):
        learning_benchmark.run_all(runs, jobs=1)
    assert not (tmp_path / 'c').exists()
