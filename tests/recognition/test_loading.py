"""Loading of configs, checkpoints and class names."""

import pickle

import pytest
import torch
from mmaction.structures import ActionDataSample
from mmengine.config import Config

from mmvkp.recognition.checkpoint_file import load_tensors
from mmvkp.recognition.loading import (
    class_names_of,
    load_config,
    load_recognizer,
    run_watched,
)

from ..bright_dot import dot_config, write_model


def test_a_model_is_loaded(tmp_path):
    path, checkpoint = write_model(tmp_path, dot_config())
    config = load_config(path)
    model = load_recognizer(config, checkpoint)
    assert not model.training
    state = load_tensors(checkpoint)['state_dict']
    assert all(
        torch.equal(state[key], value) for key, value in model.state_dict().items()
    )
    # As a distributed run saves them, and without anything around.
    torch.save({f'module.{k}': v + 1 for k, v in state.items()}, checkpoint)
    model = load_recognizer(config, checkpoint)
    key = 'cls_head.fc_cls.weight'
    assert torch.equal(model.state_dict()[key], state[key] + 1)


def test_a_look_into_a_module(tmp_path):
    config = dot_config()
    model = load_recognizer(config, write_model(tmp_path, config)[1])
    sample = dict(
        inputs=torch.full((1, 3, 4, 16, 16), 51, dtype=torch.uint8),
        data_samples=ActionDataSample(),
    )
    seen = run_watched(model, sample, model.backbone)
    # 51 of 255 is 0.2 in every cell of 8 pixels.
    assert torch.allclose(seen.given[0], torch.tensor(0.2))
    assert torch.allclose(seen.returned[0], torch.full((1, 4, 4, 2, 2), 0.2))
    assert seen.scores.shape == (3,) and abs(seen.scores.sum() - 1) < 1e-5
    assert not model.backbone._forward_hooks


def test_wrong_configs(tmp_path):
    with pytest.raises(FileNotFoundError, match='no config gone.py'):
        load_config('gone.py')
    path = tmp_path / 'broken.py'
    path.write_text('model = dict(')
    with pytest.raises(ValueError, match='broken.py is not a readable config'):
        load_config(str(path))
    path.write_text('a = 1\n')
    with pytest.raises(ValueError, match='has no model'):
        load_config(str(path))


def test_checkpoints_of_another_model(tmp_path):
    _, checkpoint = write_model(tmp_path, dot_config(num_sets=1))
    with pytest.raises(ValueError, match=r'\d+ missing \(first: neck\.'):
        load_recognizer(dot_config(), checkpoint)
    _, checkpoint = write_model(tmp_path, dot_config())
    config = dot_config()
    config.model.cls_head.num_classes = 7
    with pytest.raises(ValueError, match='2 of another shape.*fc_cls.bias'):
        load_recognizer(config, checkpoint)


class Harmful:
    """Would run code if it were unpickled."""

    def __reduce__(self):
        return print, ('unsafe',)


def test_unsafe_and_broken_checkpoints(tmp_path, capsys):
    path = tmp_path / 'bad.pth'
    for write in (
        lambda: torch.save(Harmful(), path),
        lambda: path.write_bytes(pickle.dumps(Harmful())),
        lambda: path.write_bytes(b'nothing'),
    ):
        write()
        with pytest.raises(ValueError, match='without running code'):
            load_recognizer(dot_config(), str(path))
    assert 'unsafe' not in capsys.readouterr().out
    torch.save([1, 2], path)
    with pytest.raises(ValueError, match='contains no state dict'):
        load_recognizer(dot_config(), str(path))
    with pytest.raises(FileNotFoundError, match='no checkpoint gone.pth'):
        load_recognizer(dot_config(), 'gone.pth')


def test_a_device_that_is_not_there(tmp_path):
    _, checkpoint = write_model(tmp_path, dot_config())
    with pytest.raises(ValueError, match='device cuda:99 cannot be used'):
        load_recognizer(dot_config(), checkpoint, 'cuda:99')


def test_names_of_a_config(tmp_path):
    assert class_names_of(None, 2) == ['class 0', 'class 1']
    config = dot_config()
    assert class_names_of(config, 2) == ['class 0', 'class 1']
    (tmp_path / 'classes.txt').write_text('run\nsit\n')
    config.test_dataloader.dataset.ann_file = str(tmp_path / 'test.txt')
    assert class_names_of(config, 2) == ['run', 'sit']
    config.test_dataloader.dataset.metainfo = dict(classes=['a', 'b'])
    assert class_names_of(config, 2) == ['a', 'b']
    path = str(tmp_path / 'classes.txt')
    assert class_names_of(config, 2, path) == ['run', 'sit']
    with pytest.raises(ValueError, match='for 2 classes, the scores are for'):
        class_names_of(Config(dict()), 3, path)


def test_sources_of_names_by_rank(tmp_path):
    """Explicit file, checkpoint, `class_names`, metainfo, classes.txt."""
    (tmp_path / 'classes.txt').write_text('f\ng\nh\n')
    config = dot_config()
    config.train_dataloader = dict(
        dataset=dict(
            type='RepeatDataset', dataset=dict(ann_file=str(tmp_path / 'a.txt'))
        )
    )
    assert class_names_of(config, 3) == ['f', 'g', 'h']
    config.val_dataloader = dict(dataset=dict(metainfo=dict(classes=('m', 'n', 'o'))))
    assert class_names_of(config, 3) == ['m', 'n', 'o']
    config.class_names = str(tmp_path / 'classes.txt')
    assert class_names_of(config, 3) == ['f', 'g', 'h']
    config.class_names = ['i', 'j', 'k']
    assert class_names_of(config, 3) == ['i', 'j', 'k']
    _, checkpoint = write_model(tmp_path, dot_config())
    content = torch.load(checkpoint)
    meta = dict(dataset_meta=dict(classes=('a', 'b', 'c')))
    torch.save(dict(content, meta=meta), checkpoint)
    model = load_recognizer(config, checkpoint)
    assert class_names_of(config, 3, model=model) == ['a', 'b', 'c']
    path = str(tmp_path / 'classes.txt')
    assert class_names_of(config, 3, path, model) == ['f', 'g', 'h']
    with pytest.raises(ValueError, match='the checkpoint has names for 3 classes'):
        class_names_of(config, 4, model=model)


@pytest.mark.parametrize(
    'meta', [None, 3, {}, dict(dataset_meta=3), dict(dataset_meta=dict(classes=[1]))]
)
def test_checkpoints_without_names(tmp_path, meta):
    _, checkpoint = write_model(tmp_path, dot_config())
    torch.save(dict(torch.load(checkpoint), meta=meta), checkpoint)
    assert load_recognizer(dot_config(), checkpoint).dataset_meta == {}
