"""Every config loads, builds and steps; its name says what it does."""
import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from mmaction.registry import DATASETS, MODELS
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.optim import OptimWrapper

from mmvkp.models.utils import count_parameters

ROOT = Path(__file__).resolve().parents[1]
RECIPES = sorted(
    path.relative_to(ROOT).as_posix()
    for path in (ROOT / 'configs').rglob('*.py') if '_base_' not in path.parts)
BASE_MODELS = sorted((ROOT / 'configs/_base_/models').glob('*.py'))
# {method}_[{pretrain}-pre-]{backbone}_{gpus}xb{batch}-{frames}-{epochs}e_
# {dataset}-{modality}; frames are {clip}x{interval}x{clips}, or u{clip} where
# the frames are spread over the whole video.
NAME = re.compile(r'[a-z0-9-]+_(?:\w+-pre-)?[a-z0-9-]+_(?P<gpus>\d+)xb'
                  r'(?P<batch>\d+)-(?:u(?P<uniform>\d+)|(?P<clip>\d+)x'
                  r'(?P<interval>\d+)x(?P<clips>\d+))-(?P<epochs>\d+)e_'
                  r'[a-z0-9-]+-(?:rgb|flow)')
# Counted by hand: stem 3 * 32 * 9, blocks of two 3 x 3 convolutions, 1 x 1
# shortcuts, two numbers per channel of each norm, the classifier.
R3D10 = (3 * 32 * 9 + 64) + (32 * 32 * (4 * 9 + 1) + 5 * 64) + (
    32 * 64 * (9 + 1) + 64 * 64 * 3 * 9 + 5 * 128) + (64 * 12 + 12)
# KPSEM at C = 32: MLPs 8 x (32 -> 24 -> 2), embeddings 8 x (8 -> 24),
# convolutions 32 -> 16 -> 8, and 56 more inputs of the classifier.
KPSEM10 = 8 * (32 * 24 + 24 + 24 * 2 +
               2) + 8 * (8 * 24 + 24) + (32 * 16 + 16 * 8) * 3 + 56 * 12
PARAMETERS = {
    'r3d_r3d10': R3D10,
    'kpsem_r3d10': R3D10 + KPSEM10,
    'kpsem-shuffled_r3d10': R3D10 + KPSEM10
}


@pytest.fixture(scope='module')
def stick_action(tmp_path_factory):
    """The data set of the recipes, a few videos of it."""
    folder = tmp_path_factory.mktemp('stick_action')
    subprocess.run([
        sys.executable, '-W', 'ignore',
        str(ROOT / 'tools/dataset_converters/make_stick_action.py'),
        str(folder), '--size', 'tiny', '--workers', '1'
    ],
                   check=True,
                   capture_output=True)
    return folder


def load(recipe, monkeypatch, data='data/stick_action'):
    monkeypatch.setenv('MMVKP_STICK_ACTION', str(data))
    return Config.fromfile(ROOT / recipe)


def test_there_are_recipes():
    assert len(RECIPES) >= 3 and len(BASE_MODELS) >= 5


@pytest.mark.parametrize('recipe', RECIPES)
def test_name_agrees_with_content(recipe, monkeypatch):
    found = NAME.fullmatch(Path(recipe).stem)
    assert found, 'the name does not follow the grammar'
    config = load(recipe, monkeypatch)
    batch, epochs = int(found['batch']), int(found['epochs'])
    assert config.train_dataloader.batch_size == batch
    assert config.train_cfg.max_epochs == epochs
    assert config.auto_scale_lr.base_batch_size == batch * int(found['gpus'])
    assert max(each.end for each in config.param_scheduler) == epochs
    samplers = [
        each for each in config.train_dataloader.dataset.pipeline
        if each.type in ('SampleFrames', 'UniformSample')
    ]
    assert len(samplers) == 1
    if found['uniform']:
        assert samplers[0].type == 'UniformSample'
        assert samplers[0].clip_len == int(found['uniform'])
    else:
        assert [
            samplers[0].clip_len, samplers[0].frame_interval,
            samplers[0].num_clips
        ] == [int(found[key]) for key in ('clip', 'interval', 'clips')]


@pytest.mark.parametrize('recipe', RECIPES)
def test_no_pipeline_flips(recipe, monkeypatch):
    """Flipping swaps classes of StickAction."""
    config = load(recipe, monkeypatch)
    for loader in ('train_dataloader', 'val_dataloader', 'test_dataloader'):
        types = [each.type for each in config[loader].dataset.pipeline]
        assert 'Flip' not in types


@pytest.mark.parametrize('recipe', RECIPES)
def test_one_train_and_one_test_step(recipe, monkeypatch, stick_action):
    config = load(recipe, monkeypatch, stick_action)
    torch.manual_seed(0)
    model = MODELS.build(config.model)
    method = '_'.join(Path(recipe).stem.split('_')[:2])
    assert count_parameters(model) == PARAMETERS[method]
    dataset = DATASETS.build(config.train_dataloader.dataset)
    data = pseudo_collate([dataset[i] for i in range(4)])
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    losses = model.train_step(data, OptimWrapper(optimizer))
    assert losses['loss'].isfinite()
    model.eval()
    dataset = DATASETS.build(config.test_dataloader.dataset)
    result = model.test_step(pseudo_collate([dataset[0]]))[0]
    assert result.pred_score.shape == (12, )
    torch.testing.assert_close(result.pred_score.sum(), torch.tensor(1.))


def test_the_methods_differ_in_the_neck_alone(monkeypatch):
    """What the demo compares is KPSEM and nothing else."""
    base, kpsem, shuffled = (
        load(
            f'configs/recognition/kpsem/{name}_r3d10_1xb16-u8-6e_'
            'stick-action-rgb.py', monkeypatch)
        for name in ('r3d', 'kpsem', 'kpsem-shuffled'))
    kpsem_model = kpsem.model.to_dict()
    assert kpsem_model.pop('neck')['type'] == 'KPSEM'
    kpsem_model['backbone']['out_indices'] = (1, )
    kpsem_model['cls_head']['in_channels'] = 64
    assert kpsem_model == base.model.to_dict()
    assert shuffled.model == kpsem.model
    for key in ('train_dataloader', 'test_dataloader', 'optim_wrapper',
                'param_scheduler', 'train_cfg', 'val_evaluator'):
        assert base[key] == kpsem[key]
    for loader in ('train_dataloader', 'val_dataloader', 'test_dataloader'):
        plain = [each.type for each in kpsem[loader].dataset.pipeline]
        mixed = [each.type for each in shuffled[loader].dataset.pipeline]
        assert mixed.index('ShuffleFrames') < mixed.index('OpenCVDecode')
        assert [each for each in mixed if each != 'ShuffleFrames'] == plain


@pytest.mark.parametrize('path', BASE_MODELS, ids=lambda path: path.stem)
def test_base_models_classify(path):
    """Small inputs; the counts at full size are tested elsewhere."""
    config = Config.fromfile(path)
    config.model.backbone.pop('pretrained', None)
    model = MODELS.build(config.model).eval()
    frames = 8 if path.stem == 'r3d10' else 16
    with torch.no_grad():
        scores = model(torch.rand(1, 1, 3, frames, 64, 64), stage='head')
    assert scores.shape == (1, config.num_classes)
