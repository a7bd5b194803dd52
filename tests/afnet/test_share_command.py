"""The tool that draws the share of frames kept per block."""

import json
from pathlib import Path

import cv2
import pytest

TOOLS = Path(__file__).resolve().parents[2] / 'tools/visualizations'
from mmvkp.afnet import share_command as tool
from mmvkp.video import files as vis_files


def write_test(folder, shares):
    path = folder / 'T' / 'T.json'
    path.parent.mkdir(parents=True)
    metrics = {f'cost/kept_{n}': each for n, each in enumerate(shares)}
    path.write_text(json.dumps({'acc/top1': 0.5, **metrics}))
    return str(folder)


def run(*arguments):
    args = tool.parse_args([str(each) for each in arguments])
    return vis_files.run_tool('tool.py', lambda: tool.main(args))


def test_table_and_picture(tmp_path, capsys):
    half = write_test(tmp_path / 'half', [0.75, 0.5, 0.25])
    all_ = write_test(tmp_path / 'all', [1.0, 1.0])
    out = tmp_path / 'share.png'
    assert run(f'RT = 0.5={half}', all_, '--out', out) == 0
    assert capsys.readouterr().out.splitlines()[:6] == [
        '| block | RT = 0.5 | all |',
        '| ---: | ---: | ---: |',
        '| 0 | 0.750 | 1.000 |',
        '| 1 | 0.500 | 1.000 |',
        '| 2 | 0.250 |  |',
        '| mean | 0.500 | 1.000 |',
    ]
    assert cv2.imread(str(out)).std() > 10


def test_user_mistakes(tmp_path, capsys):
    empty = write_test(tmp_path / 'empty', [])
    out = tmp_path / 'share.png'
    assert run(empty, '--out', out) == 2
    assert run('gone', '--out', out) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2 and 'has no test with cost/kept_0' in lines[0]
    assert 'ComputeCostMetric' in lines[0] and 'gone' in lines[1]
    assert not out.exists()
    with pytest.raises(SystemExit):
        tool.parse_args(['a', '--out', 'a.pdf'])
