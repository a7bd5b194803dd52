"""The tool that crosses out skipped frames."""

from pathlib import Path

import cv2
import pytest

from ..bright_dot import dot_config, write_dot, write_model
from .tiny_af import af_config, write_af

TOOLS = Path(__file__).resolve().parents[2] / 'tools/visualizations'
from mmvkp.afnet import draw_command as tool
from mmvkp.video import files as vis_files

PATTERN = [[1, 0, 1, 0], [0, 0, 0, 1], [1, 1, 1, 1]]
CROP = (dict(type='Resize', scale=(-1, 32)), dict(type='CenterCrop', crop_size=24))


@pytest.fixture()
def given(tmp_path):
    video = write_dot(tmp_path / 'dot.mp4', (96, 64), (30, 24), 12, step=2)
    return [video, *write_af(tmp_path, af_config(*CROP), PATTERN)]


def run(*arguments):
    args = tool.parse_args([str(each) for each in arguments])
    return vis_files.run_tool('tool.py', lambda: tool.main(args))


def test_a_row_for_each_block(given, tmp_path, capsys):
    (tmp_path / 'names.txt').write_text('run\nsit\njump\n')
    out = tmp_path / 'new/strip.png'
    assert (
        run(
            *given,
            '--out',
            out,
            '--block',
            0,
            1,
            '--height',
            64,
            '--classes',
            tmp_path / 'names.txt',
        )
        == 0
    )
    said = capsys.readouterr().out
    # 7 of 12 frames in the three blocks.
    assert '58.3 % of frames kept, mean of 3 blocks' in said
    assert any(f'dot.mp4: {name} ' in said for name in ('run', 'sit', 'jump'))
    strip = cv2.imread(str(out))
    assert strip.shape == (2 * (64 + 18) + 4, 4 * 96 + 3 * 4, 3)
    for row, mask in enumerate(PATTERN[:2]):
        for t, kept in enumerate(mask):
            frame = strip[row * 86 + 18 : row * 86 + 82, t * 100 : t * 100 + 96]
            blue, _, red = frame[28:36, 44:52].reshape(-1, 3).mean(0)
            assert (red > blue + 60) == (not kept)


def test_user_mistakes(given, tmp_path, capsys):
    out = tmp_path / 'a.png'
    assert run(*given, '--block', 3, '--out', out) == 2
    assert run('gone.mp4', *given[1:], '--out', out) == 2
    config = dot_config(*CROP)
    assert run(given[0], *write_model(tmp_path, config), '--out', out) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 3 and '--block 3 is outside [0, 2]' in lines[0]
    assert 'no video file gone.mp4' in lines[1]
    assert 'which selects no frames' in lines[2]
    assert not out.exists() and not list(tmp_path.glob('.*'))


@pytest.mark.parametrize(
    'options, message',
    [
        (['--out', 'a.gif'], 'must end in .png'),
        (['--height', '9'], '--height 9 must be from 48'),
    ],
)
def test_wrong_options(capsys, options, message):
    with pytest.raises(SystemExit):
        tool.parse_args(['v', 'c', 'w', *options])
    assert message in capsys.readouterr().err
