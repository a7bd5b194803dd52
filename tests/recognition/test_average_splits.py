"""Averages of splits, worked out by hand."""

import json
import shutil

from ..cli import run
from .test_dumps import write_dump


def splits(*words):
    return run('evaluate', 'splits', *words)


def work_dir(folder, top1, top5, seconds=None, num_classes=None):
    """Work dir of a test; returns the paths of folder and log."""
    log = folder / '20260101_000000' / '20260101_000000.json'
    log.parent.mkdir(parents=True)
    metrics = {'acc/top1': top1, 'acc/top5': top5}
    if seconds is not None:
        metrics.update(time=seconds, data_time=seconds / 2)
    log.write_text(json.dumps(metrics))
    if num_classes is not None:
        config = log.parent / 'vis_data' / 'config.py'
        config.parent.mkdir()
        config.write_text(f'model = dict(cls_head=dict(num_classes={num_classes}))\n')
    return str(folder), str(log)


def test_three_splits_by_hand(tmp_path, capsys):
    a, _ = work_dir(tmp_path / 'a', 0.70, 0.9, 2.0, 51)
    _, b = work_dir(tmp_path / 'b', 0.74, 0.9, 3.0, 51)
    c, _ = work_dir(tmp_path / 'c', 0.78, 0.9, 4.0)
    out = tmp_path / 'table.md'
    assert splits(a, b, c, '--out', str(out)) == 0
    # Deviations -4, 0, 4: sqrt(32 / 2) = 4. No seconds in the table.
    assert capsys.readouterr().out.splitlines() == [
        '| split | acc/top1 % | acc/top5 % |',
        '| --- | ---: | ---: |',
        f'| {a} | 70.0 | 90.0 |',
        f'| {b} | 74.0 | 90.0 |',
        f'| {c} | 78.0 | 90.0 |',
        '| mean +- standard deviation | 74.0 +- 4.0 | 90.0 +- 0.0 |',
    ]
    assert out.read_text().endswith('74.0 +- 4.0 | 90.0 +- 0.0 |\n')


def scores(*best, num_classes=6):
    """One row per video; class k has rank (k - best) mod num_classes."""
    return [
        [1.0 - ((k - b) % num_classes) / 10 for k in range(num_classes)] for b in best
    ]


def test_dumps_by_hand(tmp_path, capsys):
    # Labels 0, 0, 1, 2. Classes 0, 1, 2 are right in 1/2, 1/1 and 0/1; of the
    # two that are wrong, 0 is the last of six after 1, 2 the third after 0.
    a = write_dump(tmp_path / 'a.pkl', scores(0, 1, 1, 0), [0, 0, 1, 2])
    # One is wrong: 0 is the fifth after 2.
    b = write_dump(tmp_path / 'b.pkl', scores(0, 2, 1, 2), [0, 0, 1, 2])
    assert splits(a, b) == 0
    lines = capsys.readouterr().out.splitlines()
    lines = [line for line in lines if line.startswith('|')]
    assert lines[0] == '| split | acc/top1 % | acc/top5 % | acc/mean1 % |'
    assert lines[2] == f'| {a} | 50.0 | 75.0 | 50.0 |'
    # Mean over the classes: (1/2 + 1 + 1) / 3.
    assert lines[3] == f'| {b} | 75.0 | 100.0 | 83.3 |'
    # Of two runs: half their sum, and their difference / sqrt(2).
    assert lines[4] == (
        '| mean +- standard deviation | 62.5 +- 17.7 | 87.5 +- 17.7 | 66.7 +- 23.6 |'
    )


def test_one_test_given_twice(tmp_path, capsys):
    a, log = work_dir(tmp_path / 'a', 0.7, 0.9)
    b, timed = work_dir(tmp_path / 'b', 0.8, 0.9, 2.0)
    copy = shutil.copy(timed, tmp_path / 'copy.json')
    dump = write_dump(tmp_path / 'a.pkl', scores(0, 1), [0, 0])
    same = shutil.copy(dump, tmp_path / 'b.pkl')
    for first, second in ((a, a), (a, log), (b, copy), (dump, same)):
        assert splits(str(first), str(second)) == 1
        assert (
            f'{second} is the same test as {first}; give each split once'
            in capsys.readouterr().err
        )


def test_equal_metrics_of_two_tests_are_allowed(tmp_path):
    a, _ = work_dir(tmp_path / 'a', 0.7, 0.9, 2.0)
    b, _ = work_dir(tmp_path / 'b', 0.7, 0.9, 3.0)
    assert splits(a, b) == 0


def test_other_metrics(tmp_path, capsys):
    a, log = work_dir(tmp_path / 'a', 0.7, 0.9, 2.0)
    dump = write_dump(tmp_path / 'a.pkl', scores(0, 1), [0, 0])
    assert splits(a, dump) == 1
    error = capsys.readouterr().err
    assert "['acc/mean1', 'acc/top1', 'acc/top5']" in error
    assert "['acc/top1', 'acc/top5']" in error
    b, _ = work_dir(tmp_path / 'b', 70.0, 0.9, 2.0)
    assert splits(a, b) == 1
    assert 'acc/top1 is 70.0, not a share' in capsys.readouterr().err


def test_other_numbers_of_classes(tmp_path, capsys):
    a, _ = work_dir(tmp_path / 'a', 0.7, 0.9, 2.0, 51)
    b, _ = work_dir(tmp_path / 'b', 0.7, 0.9, 3.0)
    c, _ = work_dir(tmp_path / 'c', 0.7, 0.9, 4.0, 101)
    assert splits(a, b, c) == 1
    assert f'{c} has 101 classes, {a} 51' in capsys.readouterr().err
    dumps = [
        write_dump(tmp_path / f'{n}.pkl', scores(0, 1, num_classes=n), [0, 0])
        for n in (5, 6)
    ]
    assert splits(*dumps) == 1
    assert 'not splits of one data set' in capsys.readouterr().err


def test_files_that_are_not_tests(tmp_path, capsys):
    a, log = work_dir(tmp_path / 'a', 0.7, 0.9)
    lines = tmp_path / 'scalars.json'
    lines.write_text('{"loss": 1.0}\n{"loss": 0.9}\n')
    assert splits(a, str(lines)) == 1
    assert 'has no test with acc/top1' in capsys.readouterr().err
    text = tmp_path / 'a.txt'
    text.write_text('x')
    assert splits(a, str(text)) == 1
    assert 'not a work dir' in capsys.readouterr().err
    (tmp_path / 'empty').mkdir()
    assert splits(a, str(tmp_path / 'empty')) == 1
    assert 'has no test with acc/top1' in capsys.readouterr().err
    assert splits(a, str(tmp_path / 'gone')) == 1
    assert 'gone' in capsys.readouterr().err


def test_one_run_has_no_average(capsys):
    assert splits('a') == 1
    assert 'at least two runs' in capsys.readouterr().err
