"""Metafiles against the configs that they describe."""
from pathlib import Path

import pytest
import torch
import yaml
from mmaction.registry import MODELS
from mmengine.config import Config

from mmvkp.models.utils import count_macs, count_parameters

ROOT = Path(__file__).resolve().parents[1]
INDEX = yaml.safe_load((ROOT / 'model-index.yml').read_text())
METAFILES = [
    yaml.safe_load((ROOT / path).read_text()) for path in INDEX['Import']
]
MODELS_OF_METAFILES = [model for file in METAFILES for model in file['Models']]


def test_every_metafile_is_in_the_index():
    here = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / 'configs').rglob('metafile.yml')
    }
    assert here == set(INDEX['Import'])


def test_every_recipe_is_in_a_metafile():
    here = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / 'configs').rglob('*.py')
        if '_base_' not in path.parts
    }
    assert here == {model['Config'] for model in MODELS_OF_METAFILES}


@pytest.mark.parametrize('file', METAFILES)
def test_collections(file):
    names = [each['Name'] for each in file['Collections']]
    for collection in file['Collections']:
        assert (ROOT / collection['README']).is_file()
        assert collection['Paper']['URL'].startswith('https://arxiv.org/abs/')
    assert all(model['In Collection'] in names for model in file['Models'])


@pytest.mark.parametrize(
    'model', MODELS_OF_METAFILES, ids=lambda model: model['Name'])
def test_models(model):
    assert Path(model['Config']).stem == model['Name']
    config = Config.fromfile(ROOT / model['Config'])
    facts = model['Metadata']
    assert facts['Epochs'] == config.train_cfg.max_epochs
    assert facts['Batch Size'] == config.train_dataloader.batch_size
    built = MODELS.build(config.model).eval()
    assert facts['Parameters'] == count_parameters(built)
    clip = torch.rand(1, 1, 3, config.clip_len, 64, 64)
    # FLOPs as MMAction2 writes them: multiply-accumulates of one clip.
    assert facts['FLOPs'] == count_macs(built, clip, stage='head')
