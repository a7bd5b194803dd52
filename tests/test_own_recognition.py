"""From a folder of videos to a trained model and its predictions, by commands only."""

import json
import re
from pathlib import Path

import pytest
import torch

from .cli import run
from .phone_videos import make_videos, write_tracks

# One epoch in this process; a config of `make-config` trains for minutes.
SHORT = [
    *('--cfg-options', 'train_cfg.max_epochs=1', 'train_cfg.val_begin=1'),
    *('train_cfg.val_interval=1', 'default_hooks.checkpoint.interval=1'),
]
LOADERS = ('train_dataloader', 'val_dataloader', 'test_dataloader')
HERE = [
    option
    for loader in LOADERS
    for option in (f'{loader}.num_workers=0', f'{loader}.persistent_workers=False')
]
MOTIONS = ('step aside', 'jump up')


@pytest.fixture
def here(tmp_path, monkeypatch):
    """Twelve videos, one of them corrupt, and their tracks."""
    monkeypatch.chdir(tmp_path)
    tracks = make_videos('my videos', 12, MOTIONS, num_frames=12)
    write_tracks('my tracks', tracks)
    return tmp_path


def train(config):
    """Train for one epoch; returns the checkpoint."""
    assert run('train', config, *SHORT, *HERE) == 0
    return f'work_dirs/{Path(config).stem}/epoch_1.pth'


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
    checkpoint = train('my.py')
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
