"""Class names in checkpoints."""

from types import SimpleNamespace

import pytest
import torch
from mmengine.config import Config

from mmvkp.recognition.checkpoint_file import load_tensors
from mmvkp.recognition.class_names_hook import ClassNamesHook

from .tiny_training import TinySet, tiny_runner

HOOKS = [dict(type='ClassNamesHook')]


def stored(work_dir, **options):
    """`dataset_meta` in the checkpoint of a training with the hook."""
    runner = tiny_runner(work_dir, epochs=1, hooks=HOOKS, **options)
    runner.train()
    return load_tensors(f'{work_dir}/epoch_1.pth')['meta']['dataset_meta']


def test_names_of_the_config_are_stored(tmp_path):
    assert stored(tmp_path / 'none') == {}
    cfg = Config(dict(class_names=['run', 'sit']))
    assert stored(tmp_path / 'list', cfg=cfg) == dict(classes=['run', 'sit'])


def test_names_of_the_data_set_stay(tmp_path, monkeypatch):
    monkeypatch.setattr(TinySet, 'METAINFO', dict(classes=('a', 'b'), task='x'))
    cfg = Config(dict(class_names=['run', 'sit']))
    assert stored(tmp_path, cfg=cfg) == dict(classes=('a', 'b'), task='x')


def test_other_facts_of_the_data_set_are_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(TinySet, 'METAINFO', dict(task='x'))
    cfg = Config(dict(class_names=['run']))
    assert stored(tmp_path, cfg=cfg) == dict(classes=['run'], task='x')
    assert TinySet.METAINFO == dict(task='x')


def runner_of(config, num_classes):
    """Parts of a runner that the hook reads; logged warnings are in `said`."""
    said = []
    model = torch.nn.Module()
    model.cls_head = SimpleNamespace(num_classes=num_classes)
    logger = SimpleNamespace(warning=said.append)
    return SimpleNamespace(cfg=Config(config), model=model, logger=logger, said=said)


def test_another_number_of_names(tmp_path):
    hook = ClassNamesHook()
    with pytest.raises(ValueError, match='for 2 classes, the model has 3; correct'):
        hook.before_train(runner_of(dict(class_names=['run', 'sit']), 3))
    (tmp_path / 'classes.txt').write_text('run\nsit\n')
    data = dict(dataset=dict(ann_file=str(tmp_path / 'train.txt')))
    for count, said, names in ((3, 1, None), (2, 0, ['run', 'sit'])):
        runner = runner_of(dict(train_dataloader=data), count)
        hook.before_train(runner)
        assert len(runner.said) == said
        checkpoint = {}
        hook.before_save_checkpoint(runner, checkpoint)
        meta = checkpoint['meta'].get('dataset_meta', {})
        assert meta.get('classes') == names


def test_layers_of_another_number_of_classes_are_named():
    model = torch.nn.ModuleDict(
        dict(body=torch.nn.Linear(2, 3), head=torch.nn.Linear(3, 5))
    )
    other = torch.nn.ModuleDict(
        dict(body=torch.nn.Linear(2, 3), head=torch.nn.Linear(3, 12))
    )
    said = []
    runner = SimpleNamespace(model=model, logger=SimpleNamespace(warning=said.append))
    hook = ClassNamesHook()
    hook.after_load_checkpoint(runner, dict(state_dict=model.state_dict()))
    assert not said
    hook.after_load_checkpoint(runner, dict(state_dict=other.state_dict()))
    assert len(said) == 1
    assert 'another shape in head, as for another number of classes' in said[0]
