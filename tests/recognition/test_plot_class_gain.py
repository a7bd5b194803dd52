"""The tool that draws the gain of single classes."""

from pathlib import Path

import cv2
import pytest

from .dump_files import write_dump

TOOLS = Path(__file__).resolve().parents[2] / 'tools/visualizations'
from mmvkp.recognition import plot_class_gain as tool
from mmvkp.video import files as vis_files

LABELS = [0, 0, 1, 1, 2]


@pytest.fixture()
def given(tmp_path):
    """Class 0 goes from 0 to 100 %, class 1 from 100 to 50 %."""
    return [
        '--baseline',
        write_dump(tmp_path / 'a.pkl', [1, 1, 1, 1, 2], LABELS),
        '--method',
        write_dump(tmp_path / 'b.pkl', [0, 0, 1, 0, 2], LABELS),
        '--out',
        str(tmp_path / 'gain.png'),
    ]


def run(*arguments):
    args = tool.parse_args([str(each) for each in arguments])
    return vis_files.run_tool('tool.py', lambda: tool.main(args))


def test_the_paper_shows_classes_with_at_least_six(given, tmp_path, capsys):
    (tmp_path / 'names.txt').write_text('run\nsit\njump\nwave\n')
    assert (
        run(*given, '--classes', tmp_path / 'names.txt', '--names', 'MFNet', 'MF-KPSEM')
        == 0
    )
    said = capsys.readouterr().out.splitlines()
    assert said[:3] == [
        '| class | samples | MFNet % | MF-KPSEM % | gain |',
        '| --- | ---: | ---: | ---: | ---: |',
        '| run | 2 | 0.0 | 100.0 | +100.0 |',
    ]
    # Right: 3 of 5, then 4 of 5.
    assert said[-1].startswith(
        'MFNet 60.0 %, MF-KPSEM 80.0 %; 1 class(es) better, 1 worse -> '
    )
    assert cv2.imread(str(tmp_path / 'gain.png')).std() > 10


def test_top_and_bottom(given, capsys):
    assert run(*given, '--top', 1, '--bottom', 1) == 0
    said = capsys.readouterr().out.splitlines()
    assert [line.split('|')[1].strip() for line in said[2:4]] == ['class 0', 'class 1']
    assert '-50.0' in said[3]


def test_user_mistakes(given, tmp_path, capsys):
    assert run(*given, '--min-gain', 101) == 2
    other = write_dump(tmp_path / 'c.pkl', [0, 0], [0, 0])
    assert run('--baseline', other, *given[2:]) == 2
    assert run('--baseline', 'gone.pkl', *given[2:]) == 2
    (tmp_path / 'names.txt').write_text('run\n')
    assert run(*given, '--classes', tmp_path / 'names.txt') == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 4 and 'no class gains 101 points' in lines[0]
    assert 'give dumps of the same test' in lines[1]
    assert 'gone.pkl' in lines[2] and 'names for 1 classes' in lines[3]
    assert not (tmp_path / 'gain.png').exists()


@pytest.mark.parametrize(
    'options, message',
    [
        (['--top', '-1'], 'cannot be negative'),
        (['--top', '2', '--min-gain', '3'], 'exclude each other'),
        (['--all', '--top', '2'], '--all excludes'),
        (['--out', 'a.pdf'], 'must end in .png'),
        (['--names', 'a', 'a'], 'two different names'),
    ],
)
def test_wrong_options(capsys, options, message):
    with pytest.raises(SystemExit):
        tool.parse_args(['--baseline', 'a', '--method', 'b', *options])
    assert message in capsys.readouterr().err


def test_all_classes_in_their_order(given, tmp_path, capsys):
    assert run(*given, '--all') == 0
    said = capsys.readouterr().out.splitlines()
    # Class 3 has no samples.
    assert [line.split('|')[1].strip() for line in said[2:5]] == [
        'class 0',
        'class 1',
        'class 2',
    ]
    assert not said[5]
    assert cv2.imread(str(tmp_path / 'gain.png')).std() > 10
