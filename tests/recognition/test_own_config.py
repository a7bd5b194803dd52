"""Configs of recognizers for own videos."""

import json
from pathlib import Path

import pytest
from mmaction.registry import DATASETS
from mmengine.config import Config

from mmvkp.recognition.own_config import write_own_config
from mmvkp.recognition.own_recipes import BUDGETS, RECIPES, OwnConfig
from mmvkp.recognition.recipes import find_config

from ..meta_networks import macs_of_clip, network

METHODS = [(method, budget) for method in RECIPES for budget in BUDGETS]


def write_lists(folder, numbers=(12, 12, 12), delimiter=' ', classes=None):
    """Lists with a number of training videos of each class."""
    folder.mkdir(exist_ok=True)
    for split in ('train', 'val', 'test'):
        lines = [
            f'c{label}/{split}{i}.mp4{delimiter}{label}\n'
            for label, count in enumerate(numbers)
            for i in range(count if split == 'train' else 1)
        ]
        (folder / f'{split}.txt').write_text(''.join(lines))
    names = classes or [f'class {i}' for i in range(len(numbers))]
    (folder / 'classes.txt').write_text(''.join(f'{name}\n' for name in names))
    return str(folder)


def write(folder, method='tsm', budget='cpu', name='my.py', **options):
    """Write a config; returns it and the report."""
    out = str(folder.parent / name)
    said = write_own_config(OwnConfig(str(folder), method, budget, **options), out)
    return Config.fromfile(out), said


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_lists(tmp_path / 'my videos', delimiter='\t')
    return tmp_path / 'my videos'


@pytest.mark.parametrize('method, budget', METHODS)
def test_every_method(here, method, budget):
    config, said = write(here, method, budget)
    for path in here.parent.glob('*.py'):
        text = path.read_text()
        assert len(text.splitlines()) < 40
        assert "_base_ = 'mmvkp::recognition/" in text
    assert config.model.cls_head.num_classes == 3
    assert config.class_names == ['class 0', 'class 1', 'class 2']
    for split in ('train', 'val', 'test'):
        dataset = config[f'{split}_dataloader'].dataset
        data = DATASETS.build({**dataset, 'pipeline': []})
        assert len(data) == (36 if split == 'train' else 3)
        assert data.get_data_info(0)['filename'] == str(here / f'c0/{split}0.mp4')
        types = [each.type for each in dataset.pipeline]
        assert 'Flip' not in types and types[0] == 'UprightVideoInit'
        assert dataset.get('test_mode', False) == (split != 'train')
    size = BUDGETS[budget].size
    for split in ('train', 'test'):
        (resize,) = [
            each
            for each in config[f'{split}_dataloader'].dataset.pipeline
            if each.type == 'Resize'
        ]
        assert resize.scale == (size, size)
    # The learning rate grows with the batch.
    base = recipe(method, budget)
    assert config.optim_wrapper.optimizer.lr == pytest.approx(
        base.optim_wrapper.optimizer.lr
        * config.train_dataloader.batch_size
        / base.auto_scale_lr.base_batch_size
    )
    end = config.param_scheduler[-1].end
    assert end == config.train_cfg.max_epochs == config.max_epochs
    assert f'epoch_{end}.pth' in said[-1]


def recipe(method, budget):
    """Recipe of a method."""
    return Config.fromfile(find_config(RECIPES[method][budget]))


@pytest.mark.parametrize('method', RECIPES)
def test_the_network_takes_the_frames(here, method):
    """The number of frames of the pipeline is that of the network."""
    config, _ = write(here, method)
    sampler = config.train_dataloader.dataset.pipeline[1]
    assert sampler.type == 'UniformSample'
    built = network(json.dumps(config.model.to_dict()))
    if config.model.type == 'Recognizer2D':
        assert macs_of_clip(built, sampler.clip_len, 3, 64) > 0
        assert config.model.backbone.get('base', config.model.backbone)[
            'num_segments'
        ] == (sampler.clip_len)
    else:
        assert sampler.clip_len == recipe(method, 'cpu').clip_len


def test_two_stages(here):
    """The paper trains AK-Net's host first and starts from it."""
    config, said = write(here, 'aknet', name='two.py')
    first = Config.fromfile(str(here.parent / 'two_stage1.py'))
    epochs = first.max_epochs
    assert config.load_from == f'work_dirs/two_stage1/epoch_{epochs}.pth'
    assert first.model.backbone.type == config.model.backbone.base.type
    assert first.get('load_from') is None
    commands = [line for line in said if line.startswith('mmvkp')]
    assert [each.split()[1] for each in commands] == [
        'train',
        'train',
        'test',
        'predict',
    ]
    assert commands[0].endswith('two_stage1.py')
    with pytest.raises(ValueError, match='two_stage1.py exists already'):
        write(here, 'aknet', name='two.py')


def test_annealing_of_afnet(here):
    """The shares of the authors' 55 epochs: 50 for the temperature; 10, 15 and 20."""
    config, _ = write(here, 'afnet')
    hook = config.custom_hooks[-1]
    assert hook.type == 'SelectionAnnealHook'
    assert hook.temperature_end / config.max_epochs == pytest.approx(50 / 55)
    assert [step / config.max_epochs for step in hook.ratio_steps] == pytest.approx(
        [10 / 55, 15 / 55, 20 / 55]
    )
    types = [each.type for each in config.custom_hooks]
    assert types.count('SelectionAnnealHook') == 1
    assert types[:-1] == [
        each.type for each in recipe('afnet', 'cpu').custom_hooks[:-1]
    ]


@pytest.mark.parametrize(
    'numbers, epochs, batch_size',
    [((12, 12), 133, 8), ((3, 2), 150, 5), ((1000, 1000), 6, 8)],
)
def test_schedule_follows_the_number_of_videos(tmp_path, numbers, epochs, batch_size):
    """400 iterations of 8 videos on a CPU, 6 to 150 epochs."""
    write_lists(tmp_path / 'x', numbers)
    config, _ = write(tmp_path / 'x')
    assert (config.max_epochs, config.batch_size) == (epochs, batch_size)


def test_unbalanced_classes_get_weights(tmp_path):
    write_lists(tmp_path / 'x', (8, 4))
    loss = write(tmp_path / 'x')[0].model.cls_head.loss_cls
    # 12 / (2 * 8) and 12 / (2 * 4)
    assert (loss.type, loss.class_weight) == ('CrossEntropyLoss', [0.75, 1.5])
    write_lists(tmp_path / 'x', (6, 4))
    assert 'loss_cls' not in write(tmp_path / 'x')[0].model.cls_head


def test_names_of_many_classes_stay_in_their_file(tmp_path):
    folder = tmp_path / "it's"
    write_lists(folder, (2,) * 11)
    config, _ = write(folder)
    assert config.class_names == str(folder / 'classes.txt')
    write_lists(folder, (2, 2), classes=["don't", 'walk, run'])
    assert write(folder)[0].class_names == ["don't", 'walk, run']


def test_weights(here):
    text = here.parent / 'my.py'
    start = write(here, 'tsm', 'gpu')[0]
    assert start.model.backbone.pretrained.startswith('https://')
    scratch = write(here, 'tsm', 'gpu', weights='none')[0]
    assert scratch.model.backbone.pretrained is None
    # Four times the iterations without weights.
    assert scratch.max_epochs > start.max_epochs
    # The weights of ImageNet in `checkpoints` exist after their conversion.
    config, _ = write(here, 'afnet', 'gpu')
    assert config.model.backbone.init_cfg is None
    assert 'From scratch: checkpoints/af_r50_in1k.pth is missing.' in text.read_text()
    Path('checkpoints').mkdir()
    Path('checkpoints/af_r50_in1k.pth').touch()
    config, _ = write(here, 'afnet', 'gpu')
    assert config.model.backbone.init_cfg.checkpoint == 'checkpoints/af_r50_in1k.pth'
    Path('mine.pth').touch()
    assert write(here, weights='mine.pth')[0].load_from == 'mine.pth'
    with pytest.raises(FileNotFoundError, match=r'no checkpoint gone.pth; give auto'):
        write(here, weights='gone.pth')


def test_flip(here):
    types = [
        each.type
        for each in write(here, flip=True)[0].train_dataloader.dataset.pipeline
    ]
    assert types.count('Flip') == 1


def test_annotations_of_tubes_are_refused(here):
    with pytest.raises(ValueError, match='tsm needs no annotations of tubes'):
        write(here, ann='tubes.pkl')
