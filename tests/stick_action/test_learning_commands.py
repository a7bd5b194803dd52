"""The commands of the learning benchmark: output, errors and exit codes."""

from mmvkp.stick_action import learning_benchmark, learning_budget

from ..cli import run


def test_learning_prints_the_table(tmp_path, monkeypatch, capsys):
    given = []

    def compare(*args):
        given.append(args)
        return '| table |'

    monkeypatch.setattr(learning_benchmark, 'compare', compare)
    config = tmp_path / 'a_b_c.py'
    config.write_text('')
    words = ('benchmark', 'learning', f'A={config}', config)
    assert run(*words, '--seed', 0, '--seed', 2, '--out', 'x') == 0
    rows = {'A': str(config), 'a_b': str(config)}
    assert given == [(rows, (0, 2), 'x', 2)]
    assert capsys.readouterr().out == '| table |\n'


def test_learning_runs_the_fixed_table(tmp_path, monkeypatch, capsys):
    given = []

    def run_budget(rows, *args):
        given.append(([row.key for row in rows], *args))
        return 'a.csv', 'a.md'

    monkeypatch.setattr(learning_budget, 'run_budget', run_budget)
    words = ('benchmark', 'learning')
    assert run(*words, '--rows', 'tsn', '--out', 'x') == 0
    more = ('--page', 'p.md', '--workers', 1, '--train', 64)
    assert run(*words, '--budget', 'small', *more) == 0
    assert given[0] == (['tsn'], (0,), 'x', 'x/results.md', 2, None, None)
    assert given[1][1:] == (range(3), 'work_dirs/learning', 'p.md', 1, None, 64)
    assert len(given[1][0]) > 8
    assert capsys.readouterr().out == 'a.csv\na.md\n' * 2
    for options in ((), ('--budget', 'full', 'a.py')):
        assert run(*words, *options) == 1
        assert 'either configs, or --budget' in capsys.readouterr().err
    assert run(*words, 'a.py', '--page', 'p.md') == 1
    assert '--data, --train and --page are for --budget' in capsys.readouterr().err


def test_a_failed_run_ends_in_one_line_after_its_log(tmp_path, monkeypatch, capsys):
    def compare(*args):
        raise learning_benchmark.RunFailed('line 1\nline 2\nA with seed 0 failed; see')

    monkeypatch.setattr(learning_benchmark, 'compare', compare)
    config = tmp_path / 'a.py'
    config.write_text('')
    assert run('benchmark', 'learning', config) == 1
    assert capsys.readouterr().err.splitlines() == [
        'line 1',
        'line 2',
        'mmvkp benchmark learning: error: A with seed 0 failed; see',
    ]
    assert run('benchmark', 'learning', 'nowhere.py') == 1
    assert 'no config nowhere.py' in capsys.readouterr().err
