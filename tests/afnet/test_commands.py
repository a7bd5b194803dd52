"""Commands of AFNet: options, files, and errors in one line."""

import json
from pathlib import Path

import cv2
import pytest
import torch

from mmvkp.recognition.draw_clips import ClipOptions, draw_videos

from ..bright_dot import dot_config, write_dot, write_model
from ..cli import run
from . import public_afnet
from .tiny_af import af_config, write_af

MODELS = Path(__file__).resolve().parents[2] / 'configs/_base_/models'
PATTERN = [[1, 0, 1, 0], [0, 0, 0, 1], [1, 1, 1, 1]]
CROP = (dict(type='Resize', scale=(-1, 32)), dict(type='CenterCrop', crop_size=24))
SELECTION = ('draw', 'frame-selection')


@pytest.fixture()
def given(tmp_path):
    video = write_dot(tmp_path / 'dot.mp4', (96, 64), (30, 24), 12, step=2)
    return [video, *write_af(tmp_path, af_config(*CROP), PATTERN)]


def test_a_row_for_each_block(given, tmp_path, capsys):
    (tmp_path / 'names.txt').write_text('run\nsit\njump\n')
    out = tmp_path / 'new/strip.png'
    blocks = ('--block', 0, '--block', 1)
    more = ('--height', 64, '--classes', tmp_path / 'names.txt')
    assert run(*SELECTION, *given, '--out', out, *blocks, *more) == 0
    said = capsys.readouterr().out
    assert any(f'dot.mp4: {name} ' in said for name in ('run', 'sit', 'jump'))
    strip = cv2.imread(str(out))
    assert strip.shape == (2 * (64 + 18) + 4, 4 * 96 + 3 * 4, 3)
    for row, mask in enumerate(PATTERN[:2]):
        for t, kept in enumerate(mask):
            frame = strip[row * 86 + 18 : row * 86 + 82, t * 100 : t * 100 + 96]
            blue, _, red = frame[28:36, 44:52].reshape(-1, 3).mean(0)
            assert (red > blue + 60) == (not kept)


def test_the_method_is_found_from_the_config(given, tmp_path):
    out = str(tmp_path / 'attention.png')
    draw_videos(given[:1], *given[1:], ClipOptions((out,), height=64))
    assert cv2.imread(out).shape == (64 + 18, 4 * 96 + 3 * 4, 3)


def test_mistakes_of_frame_selection(given, tmp_path, capsys):
    out = tmp_path / 'a.png'
    assert run(*SELECTION, *given, '--block', 3, '--out', out) == 1
    assert run(*SELECTION, 'gone.mp4', *given[1:], '--out', out) == 1
    other = write_model(tmp_path, dot_config(*CROP))
    assert run(*SELECTION, given[0], *other, '--out', out) == 1
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 3 and 'block 3 is outside [0, 2]' in lines[0]
    assert 'no video file gone.mp4' in lines[1]
    assert 'which does not select frames' in lines[2]
    assert not out.exists() and not list(tmp_path.glob('.*'))


@pytest.mark.parametrize(
    'options, message',
    [
        (['--out', 'a.gif'], 'must be one .png'),
        (['--height', '9'], '9 is not in the range 64<=x'),
    ],
)
def test_wrong_options(capsys, options, message):
    assert run(*SELECTION, 'v', 'c', 'w', *options) == 1
    assert message in capsys.readouterr().err


def write_test(folder, shares):
    path = folder / 'T' / 'T.json'
    path.parent.mkdir(parents=True)
    metrics = {f'cost/kept_{n}': each for n, each in enumerate(shares)}
    path.write_text(json.dumps({'acc/top1': 0.5, **metrics}))
    return str(folder)


def test_table_and_picture_of_shares(tmp_path, capsys):
    half = write_test(tmp_path / 'half', [0.75, 0.5, 0.25])
    all_ = write_test(tmp_path / 'all', [1.0, 1.0])
    out = tmp_path / 'share.png'
    assert run('draw', 'selection-share', f'RT = 0.5={half}', all_, '--out', out) == 0
    assert capsys.readouterr().out.splitlines()[:6] == [
        '| block | RT = 0.5 | all |',
        '| ---: | ---: | ---: |',
        '| 0 | 0.750 | 1.000 |',
        '| 1 | 0.500 | 1.000 |',
        '| 2 | 0.250 |  |',
        '| mean | 0.500 | 1.000 |',
    ]
    assert cv2.imread(str(out)).std() > 10


def test_mistakes_of_selection_share(tmp_path, capsys):
    empty = write_test(tmp_path / 'empty', [])
    out = tmp_path / 'share.png'
    assert run('draw', 'selection-share', empty, '--out', out) == 1
    assert run('draw', 'selection-share', 'gone', '--out', out) == 1
    assert run('draw', 'selection-share', 'a', '--out', 'a.pdf') == 1
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 3 and 'has no test with cost/kept_0' in lines[0]
    assert 'ComputeCostMetric' in lines[0] and 'gone' in lines[1]
    assert 'must end in .png' in lines[2]
    assert not out.exists()


def test_selection_cost(capsys):
    path = MODELS / 'af_r10.py'
    sizes = ('--size', 64, '--size', 48)
    assert run('evaluate', 'selection-cost', path, *sizes, '--ratio', 0.5) == 0
    text = capsys.readouterr().out
    assert 'one video of 8 frames, 64 x 48 pixels' in text
    assert '\n| 0.5 | ' in text and '\n| 0.8 | ' not in text


def test_benchmark_selection(capsys):
    options = ('--size', 32, '--repeats', 1, '--ratio', 0.5, '--device', 'cpu')
    path = MODELS / 'af_r10.py'
    assert run('benchmark', 'selection', path, *options, '--channels-last') == 0
    assert '| dense | ' in capsys.readouterr().out


@pytest.mark.parametrize(
    'words, message',
    [
        (('benchmark', 'selection', '--ratio', 0), 'ratio=0.0 is outside'),
        (
            ('benchmark', 'selection', MODELS / 'r3d10.py'),
            'ResNet3d, which does not select frames',
        ),
        (('evaluate', 'selection-cost', 'nowhere.py'), 'nowhere.py'),
        (
            ('evaluate', 'selection-cost', 'a.py', *('--size', 9) * 3),
            '--size can be given once or twice',
        ),
        (('weights', 'afnet', 'gone', 'out.pth'), 'gone: '),
    ],
)
def test_mistakes_are_one_line(capsys, words, message):
    assert run(*words) == 1
    text = capsys.readouterr().err
    assert message in text and text.count('\n') == 1


def test_weights_afnet(tmp_path, capsys):
    source, out = tmp_path / 'in.pth', tmp_path / 'out.pth'
    torch.save(public_afnet.public_weights('mbv3', 4), source)
    assert run('weights', 'afnet', source, out) == 0
    assert 'network: AF-MobileNetV3' in capsys.readouterr().out
    assert 'state_dict' in torch.load(out, weights_only=True)
