"""From a folder of videos to a trained model and its predictions, by commands only."""

import json
import re
from pathlib import Path

import pytest
import torch

from .cli import HERE, run
from .phone_videos import make_videos, write_tracks

MOTIONS = ('step aside', 'jump up')


@pytest.fixture
def here(tmp_path, monkeypatch):
    """Twelve videos, one of them corrupt, and their tracks."""
    monkeypatch.chdir(tmp_path)
    tracks = make_videos('my videos', 12, MOTIONS, num_frames=12)
    write_tracks('my tracks', tracks)
    return tmp_path


def train(config, epochs=1):
    """Train for few epochs in this process; returns the checkpoint.

    A config of `make-config` trains for minutes.
    """
    keys = ('max_epochs', 'val_begin', 'val_interval')
    short = [f'train_cfg.{key}={epochs}' for key in keys]
    short.append(f'default_hooks.checkpoint.interval={epochs}')
    assert run('train', config, '--cfg-options', *short, *HERE) == 0
    return f'work_dirs/{Path(config).stem}/epoch_{epochs}.pth'


def names_in(checkpoint):
    """Class names in a checkpoint."""
    stored = torch.load(checkpoint, map_location='cpu', weights_only=False)
    return list(stored['meta']['dataset_meta']['classes'])


@pytest.mark.slow
@pytest.mark.parametrize('method', ['kpsem', 'afnet', 'aknet', 'tsm'])
def test_recognizers(here, capsys, method):
    video = next(Path('my videos/jump up').glob('*.mp4'))
    assert run('data', 'make-list', 'my videos') == 0
    assert '1 damaged videos, in no other list' in capsys.readouterr().out
    options = ('--method', method, '--out', 'my.py')
    assert run('data', 'make-config', 'my videos', *options) == 0
    said = capsys.readouterr().out
    commands = re.findall('^mmvkp (.*)$', said, re.MULTILINE)
    # Six commands with the two above.
    assert len(commands) <= 4
    if method == 'aknet':
        first = train('my_stage1.py')
        text = Path('my.py').read_text()
        Path('my.py').write_text(
            re.sub(r"load_from = '.*'", f'load_from = {first!r}', text)
        )
    if method == 'afnet':
        # Its annealing and its schedule follow from this number.
        text = Path('my.py').read_text()
        text = re.sub(r'(batch_size, max_epochs = \d+), \d+', r'\1, 20', text)
        Path('my.py').write_text(text)
    checkpoint = train('my.py', 20 if method == 'afnet' else 1)
    assert names_in(checkpoint) == ['jump up', 'step aside']
    capsys.readouterr()
    options = ('--cfg-options', *HERE[-2:], '--dump', 'scores.pkl')
    assert run('test', 'my.py', checkpoint, *options) == 0
    assert Path('scores.pkl').is_file()
    capsys.readouterr()
    options = ('--model', 'my.py', '--weights', checkpoint)
    assert run('predict', video, *options) == 0
    said = capsys.readouterr().out
    assert 'jump up' in said and 'step aside' in said


@pytest.mark.slow
def test_point3d(here, capsys):
    convert = ('data', 'convert', 'cvat-xml', 'my tracks', 'my videos/tubes.pkl')
    convert += ('--videos', 'my videos', '--test-share', 0.25, '--skip-damaged')
    assert run(*convert) == 0
    said = capsys.readouterr().out
    assert len(re.findall('is left out: ', said)) == 1
    options = ('--method', 'point3d', '--out', 'my.py')
    assert run('data', 'make-config', 'my videos', *options) == 0
    checkpoint = train('my.py')
    assert names_in(checkpoint) == ['jump up', 'step aside']
    capsys.readouterr()
    assert run('test', 'my.py', checkpoint, '--cfg-options', *HERE[-2:]) == 0
    video = next(Path('my videos/jump up').glob('*.mp4'))
    options = ('--model', 'my.py', '--weights', checkpoint, '--json', 'found.json')
    assert run('predict', video, *options) == 0
    assert json.loads(Path('found.json').read_text())['labels'] == [
        'jump up',
        'step aside',
    ]
