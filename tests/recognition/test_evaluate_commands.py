"""Commands that compare finished runs, and models side by side."""

import json

from ..bright_dot import dot_config, write_dot, write_model
from ..cli import run


def test_rows_of_one_name_have_one_config(capsys):
    rows = ('--row', 'a', 'b.py', 'c', '--row', 'a', 'd.py', 'e')
    assert run('evaluate', 'runs', *rows) == 1
    assert '--row a has the configs b.py and d.py' in capsys.readouterr().err
    assert run('evaluate', 'runs', '--row', 'a', 'b') == 1
    assert 'requires 3 arguments' in capsys.readouterr().err


def test_speed(tmp_path, capsys):
    config, _ = write_model(tmp_path, dot_config())
    options = ('--shape', '3x4x32x32', '--batch', 1, '--batch', 2, '--repeats', 1)
    assert run('benchmark', 'speed', config, *options, '--device', 'cpu') == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1] == '| batch | step | model | ms | / tiny | peak MB | / tiny |'
    cells = [line.split(' | ') for line in lines[3:]]
    assert [row[0] for row in cells] == ['| 1', '| 1', '| 2', '| 2']
    # A model against itself.
    assert all(float(row[4]) == 1 for row in cells)
    assert run('benchmark', 'speed', config, '--shape', '3x4') == 1
    assert "'3x4' is not CxTxHxW or CxHxW" in capsys.readouterr().err


def test_comparison_of_runs(tmp_path, capsys):
    """Two tests in a row give a deviation; metrics that are missing no column."""
    video = write_dot(tmp_path / 'a.mp4', (32, 32), (8, 8), 8)
    (tmp_path / 'list.txt').write_text(f'{video} 0\n')
    config = dot_config()
    config.test_dataloader.dataset.ann_file = str(tmp_path / 'list.txt')
    path, _ = write_model(tmp_path, config)
    for stamp, top1 in (('a', 0.4), ('b', 0.6)):
        log = tmp_path / stamp / 'T/T.json'
        log.parent.mkdir(parents=True)
        log.write_text(json.dumps({'acc/top1': top1}))
    rows = [part for i in 'ab' for part in ('--row', 'KPSEM', path, tmp_path / i)]
    out = tmp_path / 'table.md'
    assert run('evaluate', 'runs', *rows, '--out', out) == 0
    table = out.read_text()
    assert capsys.readouterr().out == table
    assert table.startswith('| model | top-1 % | parameters | MMACs | s / clip |\n')
    assert '| KPSEM | 50.0 +- 14.1 | ' in table and 'Ours; 2 run(s) per row' in table
    assert run('evaluate', 'runs', '--row', 'a', path, tmp_path / 'gone') == 1
    assert 'no work dir or log' in capsys.readouterr().err
