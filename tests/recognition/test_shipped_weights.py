"""Weights of the package: names, checksums, loading and accuracy."""

import math

import pytest
import torch
from mmaction.registry import MODELS
from mmengine.runner.checkpoint import CheckpointLoader, load_checkpoint

from mmvkp.missing_weights import MissingWeightsError
from mmvkp.recognition import Inferencer, load_config, load_recognizer
from mmvkp.recognition import shipped_weights as shipped
from mmvkp.recognition.own_config import is_shipped
from mmvkp.recognition.pack_weights import pack, run_test
from mmvkp.recognition.recipes import config_folder, find_config
from mmvkp.stick_action.generate import make_dataset
from mmvkp.stick_action.settings import make_settings

from ..bright_dot import dot_config, write_dot, write_model

WEIGHTS = shipped.shipped_weights()
# No data set of a training or of the metafiles has this seed.
NEW_SEED = 424_242
METHODS = {'kpsem', 'afnet', 'aknet', 'point3d'}


@pytest.fixture
def tiny(tmp_path, monkeypatch):
    """Weights `tiny` of a recipe of the same name, in a folder of the test."""
    config, checkpoint = write_model(tmp_path, dot_config())
    content = torch.load(checkpoint)
    content['meta'] = dict(dataset_meta=dict(classes=['run', 'sit', 'jump']))
    content['optimizer'] = dict(state=[1])
    torch.save(content, checkpoint)
    monkeypatch.setattr(shipped, 'FOLDER', tmp_path / 'weights')
    monkeypatch.setattr(
        'mmvkp.recognition.pack_weights.run_test', lambda *_: (600, {'Top 1': 50.0})
    )
    entry = pack('tiny', config, checkpoint, seed=3, commit='abc', half=True)
    return entry, checkpoint


def test_each_method_has_weights_and_all_are_small():
    recipes = [each.recipe.split('_')[0].split('-')[0] for each in WEIGHTS.values()]
    assert set(recipes) >= METHODS
    assert sum(each.path.stat().st_size for each in WEIGHTS.values()) < 6e6
    known = {path.stem for path in config_folder().rglob('*.py')}
    assert {each.recipe for each in WEIGHTS.values()} <= known


@pytest.mark.parametrize('entry', WEIGHTS.values(), ids=list(WEIGHTS))
def test_files_are_those_of_the_index(entry):
    assert len(entry.read()) > 1000
    assert entry.results and all(0 < each <= 100 for each in entry.results.values())
    assert find_config(entry.name) == find_config(entry.url)
    assert find_config(entry.name) == find_config(entry.recipe)
    assert shipped.shipped_for(entry.recipe).recipe == entry.recipe


def test_loading_by_every_road(tiny, tmp_path):
    entry, checkpoint = tiny
    assert entry.url == 'mmvkp://tiny' and is_shipped(entry.url)
    expected = torch.load(checkpoint)['state_dict']
    loaded = CheckpointLoader.load_checkpoint(entry.url)
    assert loaded['meta']['dataset_meta'] == dict(classes=['run', 'sit', 'jump'])
    for key, value in loaded['state_dict'].items():
        assert value.dtype == expected[key].dtype
        torch.testing.assert_close(value, expected[key], rtol=1e-3, atol=1e-3)
    config = load_config(entry.recipe)
    model = load_recognizer(config, entry.url)
    assert model.dataset_meta == dict(classes=['run', 'sit', 'jump'])
    model = MODELS.build(config.model)
    load_checkpoint(model, entry.url, strict=True)
    part = dict(type='Pretrained', checkpoint=entry.url, prefix='neck.')
    neck = MODELS.build(dict(config.model.neck, init_cfg=part))
    neck.init_weights()
    for key, value in neck.state_dict().items():
        assert torch.equal(value, model.neck.state_dict()[key])


def test_a_name_is_enough_for_a_prediction(tiny, tmp_path):
    entry, checkpoint = tiny
    video = write_dot(tmp_path / 'a.mp4', (64, 64), (8, 24), 12)
    (by_file,) = Inferencer(entry.recipe, checkpoint)(video)
    (by_name,) = Inferencer('tiny')(video)
    assert by_name.names == ['run', 'sit', 'jump']
    torch.testing.assert_close(
        torch.tensor(by_name.scores), torch.tensor(by_file.scores), rtol=0, atol=2e-3
    )


def test_a_changed_file_is_refused(tiny):
    entry, _ = tiny
    content = bytearray(entry.path.read_bytes())
    content[-1] ^= 1
    entry.path.write_bytes(content)
    message = 'tiny.pth is damaged; its SHA-256 is'
    with pytest.raises(ValueError, match=message):
        shipped.load_shipped(entry.url)
    with pytest.raises(MissingWeightsError, match=message):
        CheckpointLoader.load_checkpoint(entry.url)
    with pytest.raises(ValueError, match='is damaged'):
        load_recognizer(load_config(entry.recipe), entry.url)
    entry.path.unlink()
    with pytest.raises(ValueError, match='tiny.pth is missing. Install mmvkp again'):
        shipped.load_shipped(entry.url)


def test_unknown_names(tiny):
    entry, _ = tiny
    message = 'no weights with this name. Did you mean mmvkp://tiny[?] It has tiny'
    with pytest.raises(KeyError, match=message):
        shipped.find_shipped('mmvkp://tini')
    with pytest.raises(MissingWeightsError, match=message):
        CheckpointLoader.load_checkpoint('mmvkp://tini')
    with pytest.raises(KeyError, match=message):
        load_recognizer(load_config(entry.recipe), 'mmvkp://tini')
    assert shipped.shipped_for('no-such-recipe') is None
    assert shipped.shipped_for(entry.recipe) is None  # a file


@pytest.mark.slow
@pytest.mark.parametrize('entry', WEIGHTS.values(), ids=list(WEIGHTS))
def test_new_clips_give_the_accuracy_of_the_index(entry, tmp_path, monkeypatch):
    """A result p of n samples has the standard error sqrt(p (1 - p) / n).

    The frames of a video depend on each other, so that a detector has as many samples
    as videos. The limit is 3.5 standard errors of the difference.
    """
    detector = 'frame-mAP@0.5' in entry.results
    if detector:
        sizes = dict(variant='untrimmed', frame_size=64, num_frames=20, train=12)
        settings = make_settings('tiny', test=48, seed=NEW_SEED, **sizes)
        monkeypatch.setenv('MMVKP_STICK_TUBES', str(tmp_path))
    else:
        sizes = dict(frame_size=64, num_frames=17, train=12, val=12)
        settings = make_settings('tiny', test=240, seed=NEW_SEED, **sizes)
        monkeypatch.setenv('MMVKP_STICK_ACTION', str(tmp_path))
    make_dataset(tmp_path, settings)
    samples, results = run_test(entry.recipe, entry.url)
    name = 'frame-mAP@0.5' if detector else 'Top 1 Accuracy'
    before, after = entry.results[name] / 100, results[name] / 100
    pooled = (before * entry.samples + after * samples) / (entry.samples + samples)
    variance = max(pooled * (1 - pooled), 1 / samples)
    error = math.sqrt(variance * (1 / samples + 1 / entry.samples))
    assert abs(after - before) < 3.5 * error, (before, after, error)
