"""The commands of StickAction: output, errors and exit codes."""

import json

import pytest

from mmvkp.stick_action import generate, video_files

from ..cli import run
from .stick_data import SMALL

OPTIONS = [
    word
    for name, value in SMALL.items()
    for word in (f'--{name.replace("_", "-")}', value)
]


def make(out, *options):
    return run('data', 'stick-action', out, *OPTIONS, '--workers', 1, *options)


def test_made_then_complete(tmp_path, capsys):
    assert make(tmp_path) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(f'{tmp_path}: made in ')
    assert lines[1:] == [
        'train: 24 clips, 2 of each of 12 classes',
        'val: 12 clips, 1 of each of 12 classes',
        'test: 12 clips, 1 of each of 12 classes',
        'order-blind ceiling: 50.0 %',
    ]
    assert run('data', 'check', tmp_path) == 0
    assert 'no problems; 53 files' in capsys.readouterr().out  # 48 videos
    assert make(tmp_path) == 0
    out = capsys.readouterr().out
    assert 'already complete' in out and 'order-blind ceiling: 50.0 %' in out
    assert make(tmp_path, '--seed', 4) == 1
    assert 'seed: 0 in the folder, 4 given' in capsys.readouterr().err
    assert make(tmp_path, '--seed', 4, '--overwrite') == 0
    assert json.loads((tmp_path / 'settings.json').read_text())['seed'] == 4


def test_speed_pair_and_its_ceiling(tmp_path, capsys):
    counts = ['--train', 14, '--val', 14, '--test', 14]
    assert make(tmp_path, *counts, '--speed-pair') == 0
    assert 'order-blind ceiling: 57.1 %' in capsys.readouterr().out
    settings = json.loads((tmp_path / 'settings.json').read_text())
    assert settings['order_blind_ceiling'] == (12 * 0.5 + 2) / 14
    assert settings['classes'][12:] == ['wave-slow', 'wave-fast']


@pytest.mark.parametrize(
    'options, message',
    [
        (('--train', 30), 'train=30 must'),
        (('--num-frames', 4), 'num_frames=4 must be a number from 8'),
        (('--workers', 0), "'--workers': 0 is not in the range 1<=x<=256"),
        (('--size', 'huge'), "'huge' is not one of 'bench', 'demo', 'tiny'"),
        (('--variant', 'trimmed'), 'val=12: the variant trimmed'),
    ],
)
def test_bad_arguments(tmp_path, capsys, options, message):
    assert make(tmp_path / 'out', *options) == 1
    error = capsys.readouterr().err
    assert message in error and error.count('\n') == 1
    assert not (tmp_path / 'out').exists()


def test_failed_writing_is_an_error(tmp_path, monkeypatch, capsys):
    def full(*_):
        raise OSError('disk full')

    monkeypatch.setattr(video_files, 'write_video', full)
    assert make(tmp_path / 'out') == 1
    assert 'data stick-action: error: disk full' in capsys.readouterr().err


def test_an_interruption(tmp_path, monkeypatch, capsys):
    def stop(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(generate, 'make_one', stop)
    assert make(tmp_path / 'out') == 130
    assert capsys.readouterr().err.strip() == 'interrupted'


def test_a_killed_worker_is_a_user_error(tmp_path, monkeypatch, capsys):
    def killed(*_):
        raise generate.BrokenProcessPool

    monkeypatch.setattr(generate, 'map_clips', killed)
    assert make(tmp_path / 'out') == 1
    assert '--workers 1' in capsys.readouterr().err
