"""Metafiles against the configs that they describe."""

import functools
import json
from pathlib import Path

import pytest
import torch
import yaml
from mmaction.registry import MODELS
from mmengine.config import Config

from mmvkp.recognition.complexity import count_macs, count_parameters

from .meta_networks import macs_of_clip, macs_of_detector, network

ROOT = Path(__file__).resolve().parents[1]
INDEX = yaml.safe_load((ROOT / 'model-index.yml').read_text())
METAFILES = [yaml.safe_load((ROOT / path).read_text()) for path in INDEX['Import']]
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


@functools.lru_cache(maxsize=None)
def counts(model, frames, size):
    """Parameters and MACs of one clip; many recipes share a model.

    A network for single frames is counted without computing anything, one
    that selects frames as if it kept all of them, and a head that helps in
    training alone is not counted.
    """
    config = Config(json.loads(model))
    if config.type == 'Point3D':
        built = network(model)
        parameters = count_parameters(built) - count_parameters(
            built.point_head.stacks[:-1]
        )
        return parameters, macs_of_detector(built, frames, size)
    if config.type == 'Recognizer3D':
        built = MODELS.build(config).eval()
        clip = torch.rand(1, 1, 3, frames, size, size)
        return count_parameters(built), count_macs(built, clip, stage='head')
    if config.backbone.type.startswith('AF'):
        config.backbone.setdefault('selection_cfg', {})
        config.backbone.selection_cfg.sparse_eval = False
    built = network(json.dumps(config.to_dict()))
    parameters = count_parameters(built)
    auxiliary = getattr(built.cls_head, 'aux_head', None)
    if auxiliary is not None:
        parameters -= count_parameters(auxiliary)
    channels = len(config.data_preprocessor.mean)
    return parameters, macs_of_clip(built, frames, channels, size)


@pytest.mark.parametrize('model', MODELS_OF_METAFILES, ids=lambda model: model['Name'])
def test_models(model):
    assert Path(model['Config']).stem == model['Name']
    config = Config.fromfile(ROOT / model['Config'])
    facts = model['Metadata']
    assert facts['Epochs'] == config.train_cfg.max_epochs
    assert facts['Batch Size'] == config.train_dataloader.batch_size
    # Frames are as large as the test pipeline crops them, or resizes them for
    # a detector; those of StickAction, 64 x 64, are neither.
    steps = config.test_dataloader.dataset.pipeline
    sizes = [step.crop_size for step in steps if step.type.endswith('Crop')]
    if config.model.type == 'Point3D':
        sizes += [step.scale[0] for step in steps if step.type == 'Resize']
    # FLOPs as MMAction2 writes them: multiply-accumulates of one clip.
    assert (facts['Parameters'], facts['FLOPs']) == counts(
        json.dumps(config.model.to_dict()),
        config.get('num_segments') or config.clip_len,
        sizes[0] if sizes else 64,
    )
