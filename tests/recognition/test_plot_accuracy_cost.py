"""The tool that draws accuracy against cost."""

import json
from pathlib import Path

import cv2
import pytest

TOOLS = Path(__file__).resolve().parents[2] / 'tools/visualizations'
from mmvkp.recognition import plot_accuracy_cost as tool
from mmvkp.video import files as vis_files


def write_test(folder, **metrics):
    path = folder / 'T' / 'T.json'
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(metrics))
    return str(folder)


def run(*arguments):
    args = tool.parse_args([str(each) for each in arguments])
    return vis_files.run_tool('tool.py', lambda: tool.main(args))


def test_table_and_picture(tmp_path, capsys):
    half = write_test(tmp_path / 'a', **{'acc/top1': 0.25, 'cost/GMACs': 12.5})
    plain = write_test(tmp_path / 'b', **{'acc/top1': 0.2})
    out = tmp_path / 'cost.png'
    assert (
        run(
            f'AFNet/RT = 0.5={half}',
            f'TSN={plain}@32.7',
            '--published',
            'AFNet/paper=26.8@30',
            '--out',
            out,
        )
        == 0
    )
    assert capsys.readouterr().out.splitlines()[2:5] == [
        '| AFNet | RT = 0.5 | 12.500 | 25.00 | measured |',
        '| AFNet | paper | 30.000 | 26.80 | published |',
        '| TSN |  | 32.700 | 20.00 | measured |',
    ]
    assert cv2.imread(str(out)).std() > 10


def test_another_metric(tmp_path, capsys):
    name = 'acc/mean_average_precision'
    work = write_test(tmp_path / 'a', **{name: 0.75, 'cost/GMACs': 20.0})
    out = tmp_path / 'cost.png'
    assert run(f'a={work}', '--metric', name, '--out', out) == 0
    assert '| mean average precision % |' in capsys.readouterr().out
    assert run(f'a={work}', '--out', out) == 2
    assert 'has no test with acc/top1' in capsys.readouterr().err


@pytest.mark.parametrize(
    'arguments, message',
    [
        (['{}'], 'is not [CURVE/]NAME=RUN[@GMACS]'),
        (['a={}'], 'has no cost/GMACs; give the GMACs behind an @'),
        (['a={}@many'], "'many' behind the @ is no number"),
        (['a={}@-3'], 'GMACs must be positive'),
        (['a={}@3', '--published', 'a=3'], 'is not [CURVE/]NAME=ACCURACY@GMACS'),
        (['a={}@3', '--published', 'a=x@3'], 'with two numbers'),
    ],
)
def test_user_mistakes(tmp_path, capsys, arguments, message):
    work = write_test(tmp_path / 'w', **{'acc/top1': 0.2})
    out = tmp_path / 'cost.png'
    assert run(*(each.format(work) for each in arguments), '--out', out) == 2
    said = capsys.readouterr().err
    assert message in said and said.count('\n') == 1
    assert not out.exists()


@pytest.mark.parametrize(
    'arguments, message',
    [([], 'nothing to draw'), (['a=b', '--out', 'a.pdf'], 'must end in .png')],
)
def test_wrong_options(capsys, arguments, message):
    with pytest.raises(SystemExit):
        tool.parse_args(arguments)
    assert message in capsys.readouterr().err
