"""The command that draws key points: options, pictures and errors."""

import cv2
import numpy as np
import pytest
import torch

from ..bright_dot import dot_config, write_dot, write_model
from ..cli import run

COMMAND = ('draw', 'key-points')
CROP = (dict(type='Resize', scale=(-1, 32)), dict(type='CenterCrop', crop_size=24))


@pytest.fixture()
def given(tmp_path):
    """Video of 96 x 64 pixels and 12 frames, config and checkpoint."""
    video = write_dot(tmp_path / 'dot.mp4', (96, 64), (30, 24), 12, step=2)
    return [video, *write_model(tmp_path, dot_config(*CROP))]


def frames_of(path):
    capture, frames = cv2.VideoCapture(str(path)), []
    while True:
        there, frame = capture.read()
        if not there:
            return frames
        frames.append(frame)


def test_a_strip_of_one_clip(given, tmp_path, capsys):
    (tmp_path / 'names.txt').write_text('run\nsit\njump\n')
    out = tmp_path / 'new/strip.png'
    assert (
        run(
            *COMMAND,
            *given,
            '--out',
            out,
            '--height',
            128,
            '--classes',
            tmp_path / 'names.txt',
        )
        == 0
    )
    said = capsys.readouterr().out
    assert 'mean of 1 clip(s)' in said and str(out) in said
    assert any(f'dot.mp4: {name} ' in said for name in ('run', 'sit', 'jump'))
    # Four frames of 192 x 128 with gaps of 4 and a bar of twice 9 pixels.
    strip = cv2.imread(str(out))
    assert strip.shape == (128 + 18, 4 * 192 + 3 * 4, 3)
    # The part outside the crop stays black, crosses are inside: the crop is
    # from x = 24 to 72 of 96, y = 8 to 56 of 64.
    for i in range(4):
        frame = strip[18:, i * 196 : i * 196 + 192]
        assert not frame[:14, 48:].any() and not frame[114:].any()
        assert not frame[18:, :46].any() and not frame[:, 146:].any()
        assert (frame[16:112, 48:144] > 200).any()


def test_rows_for_clips_and_sets_with_chosen_channels(given, tmp_path):
    out = tmp_path / 'strip.png'
    assert (
        run(
            *COMMAND,
            *given,
            '--out',
            out,
            '--height',
            64,
            '--clips',
            3,
            '--set',
            0,
            '--set',
            1,
            '--channel',
            3,
            '--frames',
            2,
        )
        == 0
    )
    strip = cv2.imread(str(out))
    assert strip.shape == (6 * (64 + 18) + 5 * 4, 2 * 96 + 4, 3)


def test_a_movie_covers_the_video(given, tmp_path, capsys):
    movie, strip = tmp_path / 'shifts.mp4', tmp_path / 'strip.png'
    assert (
        run(
            *COMMAND,
            *given,
            '--out',
            movie,
            '--out',
            strip,
            '--height',
            64,
            '--set',
            0,
            '--set',
            1,
        )
        == 0
    )
    assert 'mean of 3 clip(s)' in capsys.readouterr().out
    frames = frames_of(movie)
    assert len(frames) == 12
    # Two sets beside each other, two lines of text above each.
    assert frames[0].shape == (64 + 36, 2 * 96 + 4, 3)
    # The dot moves right; it is the brightest thing above the lower half.
    assert not np.array_equal(frames[0], frames[-1])
    # The strip has one clip.
    assert len(cv2.imread(str(strip))) == 2 * (64 + 18) + 4
    assert sorted(each.name for each in tmp_path.glob('.*')) == []


@pytest.mark.parametrize(
    'place, value, message',
    [
        (0, 'gone.mp4', 'no video file gone.mp4'),
        (1, 'gone.py', 'no config gone.py'),
        (2, 'gone.pth', 'no checkpoint gone.pth'),
    ],
)
def test_missing_files_end_in_one_line(given, capsys, place, value, message):
    given[place] = value
    assert run(*COMMAND, *given) == 1
    said = capsys.readouterr().err
    assert said.startswith('mmvkp draw key-points: error: ') and message in said
    assert said.count('\n') == 1


def test_wrong_files_end_in_one_line(given, tmp_path, capsys):
    video, config, checkpoint = given
    (tmp_path / 'broken.mp4').write_bytes(b'x' * 100)
    assert run(*COMMAND, tmp_path / 'broken.mp4', config, checkpoint) == 1
    torch.save(dict(state_dict={}), tmp_path / 'other.pth')
    assert run(*COMMAND, video, config, tmp_path / 'other.pth') == 1
    plain = dot_config(*CROP)
    plain.model.pop('neck')
    plain.model.backbone.type = 'BrightnessMap'
    assert run(*COMMAND, video, *write_model(tmp_path, plain)) == 1
    random = dot_config(dict(type='RandomResizedCrop'))
    assert run(*COMMAND, video, *write_model(tmp_path, random)) == 1
    lines = capsys.readouterr().err.splitlines()
    assert [
        part in line
        for part, line in zip(
            (
                'broken.mp4 could not be loaded',
                'does not fit the config',
                'choose a config with',
                'has RandomResizedCrop',
            ),
            lines,
        )
    ] == [True] * 4 and len(lines) == 4


@pytest.mark.parametrize(
    'option, value, message',
    [
        ('--channel', 4, 'channel 4 is outside [0, 3]'),
        ('--set', 2, 'set 2 is outside [0, 1]'),
    ],
)
def test_numbers_that_the_model_does_not_have(
    given, tmp_path, capsys, option, value, message
):
    out = tmp_path / 'a.mp4'
    assert run(*COMMAND, *given, option, value, '--out', out) == 1
    assert message in capsys.readouterr().err
    assert not out.exists() and not list(tmp_path.glob('.*'))


@pytest.mark.parametrize(
    'options, message',
    [
        (['--out', 'a.gif'], 'must be one .png, one .mp4'),
        (['--out', 'a.png', '--out', 'b.png'], 'must be one .png, one .mp4'),
        (['--clips', '0'], "'--clips': 0 is not in the range x>=1"),
        (['--height', '9'], "'--height': 9 is not in the range 64<=x<=2048"),
    ],
)
def test_wrong_options(capsys, options, message):
    assert run(*COMMAND, 'v', 'c', 'w', *options) == 1
    assert message in capsys.readouterr().err


def test_help(capsys):
    assert run(*COMMAND, '--help') == 0
    said = capsys.readouterr().out
    assert 'VIDEO CONFIG CHECKPOINT' in said
    for part in (
        '--channel INTEGER',
        '--set INTEGER',
        'key_point_shifts.png',
        'Example:',
    ):
        assert part in said
