"""One command makes data, runs, csv and page, and continues after kill -9."""

import os
import signal
import subprocess
import sys
import time

import pytest

from mmvkp.stick_action import learning_budget, learning_configs
from mmvkp.stick_action.learning_budget import run_budget
from mmvkp.stick_action.learning_results import read_results
from mmvkp.stick_action.learning_rows import select_rows
from mmvkp.stick_action.settings import make_settings

SMALL = dict(train=32, val=16, test=16, frame_size=32, num_frames=9)


def test_csv_grows_with_each_run(tmp_path, monkeypatch):
    from .test_learning_results import line

    monkeypatch.setattr(
        learning_budget, 'make_data', lambda *_: make_settings('tiny', 'crowd')
    )
    counts = []

    def run_all(runs, jobs, finished, threads):
        assert threads == 1
        for run in runs:
            finished(run)
            counts.append(len(read_results(str(tmp_path / 'page.csv'))))

    def read_run(run, after, settings, beside):
        name = f'{beside}/{run.name}.csv'
        classes = 'class,clips,top1\na,1,0.5\n'
        return line(run.name, run.seed, after=after, per_class=name), classes

    monkeypatch.setattr(learning_budget, 'run_all', run_all)
    monkeypatch.setattr(learning_budget, 'read_run', read_run)
    out, page = str(tmp_path / 'out'), str(tmp_path / 'page.md')
    rows = select_rows(patterns=['tsm-twice'])
    csv, written = run_budget(rows, [0, 1], out, page)
    assert counts == [1, 2, 3, 4]
    found = [(each.row, each.seed, each.after) for each in read_results(csv)]
    assert found == [
        ('tsm', 0, ''),
        ('tsm', 1, ''),
        ('tsm-twice', 0, 'tsm'),
        ('tsm-twice', 1, 'tsm'),
    ]
    assert 'TSM, twice' in (tmp_path / 'page.md').read_text() and written == page
    with pytest.raises(ValueError, match='must end in .md'):
        run_budget(rows, [0], out, str(tmp_path / 'page.txt'))


@pytest.mark.slow
def test_a_killed_benchmark_is_continued(tmp_path, monkeypatch):
    """A row on 32 clips; the command is killed during its training."""
    code = (
        'from mmvkp.stick_action import learning_configs, learning_budget\n'
        'from mmvkp.stick_action.learning_rows import select_rows\n'
        'make = learning_configs.make_settings\n'
        'learning_configs.make_settings = lambda size, variant, train: make(\n'
        f'    "tiny", variant, **{SMALL})\n'
        'learning_budget.run_budget(select_rows(patterns=["tsm"]), [0],\n'
        f'    {str(tmp_path / "out")!r}, {str(tmp_path / "page.md")!r}, 1)\n'
    )
    command = [sys.executable, '-W', 'ignore', '-c', code]
    folder = tmp_path / 'out/tsm_seed0'
    with subprocess.Popen(command, start_new_session=True) as process:
        until = time.time() + 300
        while not (folder / 'epoch_2.pth').exists() and time.time() < until:
            assert process.poll() is None
            time.sleep(0.1)
        os.killpg(process.pid, signal.SIGKILL)
    assert (folder / 'epoch_2.pth').exists() and not (folder / 'tested').exists()
    subprocess.run(command, check=True, timeout=600)
    log = (folder / 'run.log').read_text()
    assert 'resumed' in log.lower()
    found = read_results(str(tmp_path / 'page.csv'))
    assert [(each.row, each.epochs) for each in found] == [('tsm', 6)]
    assert all(len(each.curve.split()) == 6 for each in found)
    assert all(each.cpu_seconds > 0 for each in found)
    assert 'TSM *' in (tmp_path / 'page.md').read_text()
    assert learning_configs.make_settings is make_settings
