"""The tool that draws clips with their most likely classes."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from ..bright_dot import dot_config, write_dot
from .dump_files import write_dump

TOOLS = Path(__file__).resolve().parents[2] / 'tools/visualizations'
from mmvkp.recognition import predictions_command as tool
from mmvkp.video import files as vis_files

LABELS = [0, 1, 2, 0]


@pytest.fixture()
def given(tmp_path):
    """Four videos whose dots lie at different heights, and two dumps."""
    lines = []
    for i, label in enumerate(LABELS):
        write_dot(tmp_path / f'{i}.mp4', (64, 64), (8, 4 + 14 * i))
        lines.append(f'{i}.mp4 {label}\n')
    (tmp_path / 'test.txt').write_text(''.join(lines))
    (tmp_path / 'classes.txt').write_text('run\nsit\njump\nwave\n')
    config = dot_config()
    config.test_dataloader.dataset.update(
        ann_file=str(tmp_path / 'test.txt'),
        data_prefix=dict(video=str(tmp_path)),
        test_mode=True,
    )
    config.dump(str(tmp_path / 'tiny.py'))
    return [
        str(tmp_path / 'tiny.py'),
        '--method',
        write_dump(tmp_path / 'a.pkl', [0, 1, 0, 0], LABELS),
        '--out',
        str(tmp_path / 'rows.png'),
        '--baseline',
        write_dump(tmp_path / 'b.pkl', [0, 0, 2, 3], LABELS),
    ]


def run(*arguments):
    args = tool.parse_args([str(each) for each in arguments])
    return vis_files.run_tool('tool.py', lambda: tool.main(args))


@pytest.mark.parametrize(
    'where, samples',
    [
        ('gained', '1, 3'),
        ('lost', '2'),
        ('right', '0, 1, 3'),
        ('wrong', '2'),
        ('all', '0, 1, 2, 3'),
    ],
)
def test_kinds_of_samples(given, capsys, where, samples):
    assert run(*given, '--where', where) == 0
    assert f'sample(s): {samples} -> ' in capsys.readouterr().out


def test_frames_are_those_of_the_sample(given, tmp_path):
    assert run(*given, '--samples', 3, 1, '--frames', 2, '--height', 128) == 0
    rows = cv2.imread(str(tmp_path / 'rows.png'))
    assert len(rows) == 2 * 128 + 4
    for top, sample in ((0, 3), (132, 1)):
        frame = rows[top : top + 128, :128, 0]
        # Twice as large as the video.
        centre = np.nonzero(frame > 128)[0].mean()
        assert centre == pytest.approx(2 * (4 + 14 * sample + 4) - 0.5, abs=1)


def test_num_spreads_over_the_samples():
    right = [np.array([True] * 10)]
    assert tool.choose_samples('right', right, 2).tolist() == [2, 7]
    assert tool.choose_samples('wrong', right, 2).tolist() == []


def test_user_mistakes(given, tmp_path, capsys):
    assert run(*given, '--samples', 4) == 2
    given[given.index('--baseline') + 1] = given[2]
    assert run(*given, '--where', 'gained') == 2
    (tmp_path / 'test.txt').write_text('0.mp4 0\n1.mp4 1\n2.mp4 2\n3.mp4 1\n')
    assert run(*given) == 2
    (tmp_path / 'test.txt').write_text('0.mp4 0\n')
    assert run(*given) == 2
    lines = capsys.readouterr().err.splitlines()
    assert '--samples 4 is outside [0, 3]' in lines[0]
    assert 'no sample fits --where gained' in lines[1]
    assert 'sample 3 of its test data set is of class 1' in lines[2]
    assert 'test data set has 1 samples, the dumps have 4' in lines[3]
    assert len(lines) == 4


def test_a_missing_list(given, tmp_path, capsys):
    (tmp_path / 'test.txt').unlink()
    assert run(*given) == 2
    assert 'test.txt' in capsys.readouterr().err


@pytest.mark.parametrize(
    'options, message',
    [
        (['--where', 'gained'], 'needs --baseline'),
        (['--where', 'right', '--samples', '1'], 'exclude each other'),
        (['--num', '0'], 'must be at least 1'),
        (['--height', '20'], 'must be from 96'),
        (['--baseline', 'b', '--names', 'a'], 'a name of its own'),
    ],
)
def test_wrong_options(capsys, options, message):
    with pytest.raises(SystemExit):
        tool.parse_args(['c', '--method', 'a', *options])
    assert message in capsys.readouterr().err
