"""Configs of Point3D for own videos."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.config import Config

from mmvkp.recognition.own_recipes import OwnConfig
from mmvkp.tubes.annotations import TubeAnnotations, save_tube_annotations
from mmvkp.tubes.own_config import BUDGETS, write_own_config

from ..meta_networks import network


@pytest.fixture
def videos(tmp_path, monkeypatch):
    """Annotations of eight videos of 47 frames: 40 clips of 8 frames each."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / 'my videos'
    names = [f'{label}/{i} (1)' for label in ('run', 'jump up') for i in range(4)]
    box = np.array([[1, 2, 3, 20, 30]], np.float32)
    save_tube_annotations(
        TubeAnnotations(
            labels=['jump up', 'run'],
            gttubes={name: {int(name[0] == 'r'): [box]} for name in names},
            nframes=dict.fromkeys(names, 47),
            resolution=dict.fromkeys(names, (48, 64)),
            train_videos=[names[1:4] + names[5:]],
            test_videos=[[names[0], names[4]]],
        ),
        folder / 'tubes.pkl',
    )
    return folder


def write(folder, budget='cpu', **options):
    """Write a config; returns it and the report."""
    said = write_own_config(
        OwnConfig(str(folder), 'point3d', budget, **options), 'my.py'
    )
    return Config.fromfile('my.py'), said


@pytest.mark.parametrize('budget', BUDGETS)
def test_config(videos, budget):
    config, said = write(videos, budget)
    assert len(Path('my.py').read_text().splitlines()) < 40
    train, test = config.train_dataloader.dataset, config.test_dataloader.dataset
    for dataset in (train, test, config.val_dataloader.dataset):
        assert dataset.type == 'TubeDataset'
        assert dataset.ann_file == str(videos / 'tubes.pkl')
        assert dataset.data_prefix == dict(video=str(videos))
        assert 'joint_prefix' not in dataset
        assert 'Flip' not in [each.type for each in dataset.pipeline]
    assert test.test_mode and not train.get('test_mode')
    # Six videos of 40 clips, and the iterations of the budget.
    clips = 6 * 40 / train.clip_stride
    iterations = config.max_epochs * clips / config.train_dataloader.batch_size
    wanted = BUDGETS[budget].iterations
    assert wanted <= iterations <= 1.1 * wanted
    assert config.param_scheduler[-1].end == config.max_epochs
    assert said[-2] == f'mmvkp test my.py work_dirs/my/epoch_{config.max_epochs}.pth'
    size = BUDGETS[budget].size
    built = network(json.dumps(config.model.to_dict()))
    out, scores = built(torch.empty(1, 3, 8, size, size, device='meta'))
    assert out['center_heatmap'].shape == (8, 1, size // 4, size // 4)
    assert scores.shape == (1, 2) and 'knot_heatmap' not in out


def test_more_frames_are_skipped_in_longer_videos(videos):
    """About six epochs, with other clips in each."""
    truth = Path('long.json')
    data = json.loads(save_json(videos, truth))
    data['nframes'] = dict.fromkeys(data['nframes'], 1007)
    truth.write_text(json.dumps(data))
    config, _ = write(videos, ann=str(truth))
    # 6 * 1000 clips in an epoch; 400 iterations of 8 clips in six epochs: 533.
    assert config.train_dataloader.dataset.clip_stride == 11
    assert config.max_epochs == 6


def save_json(folder, path):
    """Annotations of a folder as JSON."""
    from mmvkp.tubes.annotations import load_tube_annotations

    save_tube_annotations(load_tube_annotations(folder / 'tubes.pkl'), path)
    return path.read_text()


def test_weights_and_flip(videos):
    init = write(videos, 'gpu')[0].model.backbone.init_cfg
    assert init.checkpoint.endswith('resnet18-f37072fd.pth')
    assert write(videos, 'gpu', weights='none')[0].model.backbone.init_cfg is None
    Path('mine.pth').touch()
    config, _ = write(videos, weights='mine.pth', flip=True)
    assert config.load_from == 'mine.pth'
    types = [each.type for each in config.train_dataloader.dataset.pipeline]
    assert types.count('Flip') == 1 and types.index('Flip') > types.index('LoadTubes')
    with pytest.raises(FileNotFoundError, match=r'no checkpoint gone.pth'):
        write(videos, weights='gone.pth')


def test_missing_annotations(videos):
    with pytest.raises(FileNotFoundError, match=r'mmvkp data convert \.\.\. /'):
        write(videos, ann='gone.pkl')
