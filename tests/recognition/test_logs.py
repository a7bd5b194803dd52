"""Metrics from the logs of tests."""

import json

import pytest

from mmvkp.recognition.logs import named_runs, newest_test, read_test


def write_test(folder, stamp, **metrics):
    path = folder / stamp / f'{stamp}.json'
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(metrics))
    return path


def test_the_newest_test_with_the_metric_counts(tmp_path):
    work = tmp_path / 'run [a]'  # not a pattern
    write_test(work, '20260101_000000', acc=0.1, time=2)
    newest = write_test(work, '20260102_000000', acc=0.2, text='x')
    write_test(work, '20260103_000000', other=0.3)
    (work / '20260104_000000').mkdir()
    (work / '20260104_000000/20260104_000000.json').write_text('{broken')
    # The log of a training lies deeper.
    write_test(work / '20260105_000000', 'vis_data', acc=0.9)
    assert read_test(str(work), 'acc') == {'acc': 0.2}
    assert read_test(str(newest), 'acc') == {'acc': 0.2}
    assert newest_test(str(work), 'acc')[0] == str(newest)


def test_there_is_no_such_test(tmp_path):
    write_test(tmp_path, 'a', acc=0.1)
    with pytest.raises(
        ValueError, match='no test with cost/kept_0; give the .*SelectionRecordHook'
    ):
        read_test(str(tmp_path), 'cost/kept_0')
    with pytest.raises(FileNotFoundError, match='no work dir or log gone'):
        read_test('gone', 'acc')


def test_names_of_runs():
    assert named_runs(['RT = 0.5=a/b', 'work/c/']) == [
        ('RT = 0.5', 'a/b'),
        ('c', 'work/c/'),
    ]
    with pytest.raises(ValueError, match='two runs have the name c'):
        named_runs(['c=a', 'b/c'])


def test_numbers_that_are_too_large(tmp_path):
    write_test(tmp_path, 'a', acc=0.1, time=10**400)
    with pytest.raises(ValueError, match='a.json: a number'):
        read_test(str(tmp_path), 'acc')
