"""Files of shipped weights: content, precision and index."""

import pytest
import torch
import yaml

from mmvkp.recognition import shipped_weights as shipped
from mmvkp.recognition.checkpoint_file import load_tensors
from mmvkp.recognition.pack_weights import describe, inference_file, pack, verify

from ..bright_dot import dot_config, write_model

CLASSES = ['run', 'sit', 'jump']


@pytest.fixture
def trained(tmp_path):
    """Config and checkpoint as of a training."""
    config, checkpoint = write_model(tmp_path, dot_config())
    content = torch.load(checkpoint)
    content['meta'] = dict(dataset_meta=dict(classes=CLASSES), cfg='/home/me/a.py')
    content['optimizer'] = dict(state=[1])
    torch.save(content, checkpoint)
    return config, checkpoint


def test_only_weights_and_class_names_are_stored(trained):
    config, checkpoint = trained
    content = load_tensors(inference_file(config, checkpoint, half=False))
    assert set(content) == {'meta', 'state_dict'}
    assert content['meta'] == dict(dataset_meta=dict(classes=CLASSES), recipe=config)
    expected = torch.load(checkpoint)['state_dict']
    assert content['state_dict'].keys() == expected.keys()
    for key, value in content['state_dict'].items():
        assert torch.equal(value, expected[key])


def test_half_precision_is_for_arrays_only(trained):
    config, checkpoint = trained
    half = inference_file(config, checkpoint, half=True)
    state = load_tensors(half)['state_dict']
    kinds = {value.dim() > 1: value.dtype for value in state.values()}
    assert kinds == {True: torch.float16, False: torch.float32}
    # The file depends on the weights alone, not on time, name or process.
    assert half == inference_file(config, checkpoint, half=True)


def test_refused_checkpoints(trained):
    config, checkpoint = trained
    content = torch.load(checkpoint)
    key = next(k for k, v in content['state_dict'].items() if v.dim() > 1)
    content['state_dict'][key].flatten()[0] = 1e6
    torch.save(content, checkpoint)
    with pytest.raises(ValueError, match='not finite in half precision; pack it'):
        inference_file(config, checkpoint, half=True)
    assert inference_file(config, checkpoint, half=False)
    del content['meta']
    torch.save(content, checkpoint)
    with pytest.raises(ValueError, match='no names of classes; train with'):
        inference_file(config, checkpoint, half=False)


def test_index(trained, tmp_path, monkeypatch):
    config, checkpoint = trained
    monkeypatch.setattr(shipped, 'FOLDER', tmp_path / 'weights')
    tested = []

    def run_test(recipe, path):
        tested.append((recipe, open(path, 'rb').read()))
        return 600, {'Top 1 Accuracy': 83.17}

    monkeypatch.setattr('mmvkp.recognition.pack_weights.run_test', run_test)
    first = pack('b', config, checkpoint, seed=0, commit='abc', half=False)
    pack('a', config, checkpoint, seed=1, commit='abd', half=True)
    text = (tmp_path / 'weights/index.yml').read_text()
    assert list(yaml.safe_load(text)) == ['a', 'b']
    assert shipped.shipped_weights()['b'] == first
    assert first.samples == 600 and first.results == {'Top 1 Accuracy': 83.17}
    # The test ran on the written file.
    assert tested[0] == (config, first.read())
    verify(first)
    lines = describe([first])
    assert lines[0].startswith('mmvkp://b  0.0') and 'Top 1 Accuracy 83.17' in lines[0]
    # Packing the same checkpoint again changes nothing.
    pack('b', config, checkpoint, seed=0, commit='abc', half=False)
    assert (tmp_path / 'weights/index.yml').read_text() == text
