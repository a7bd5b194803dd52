"""Recipes of Point3D: names, networks, data, steps, schedules, ablations."""

import json
import re
from pathlib import Path

import pytest
import torch
from mmaction.registry import DATASETS, METRICS, MODELS, OPTIMIZERS, PARAM_SCHEDULERS
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.optim import OptimWrapper, build_optim_wrapper
from mmengine.runner import load_checkpoint

from mmvkp.recognition.complexity import count_parameters

from ..meta_networks import network
from ..recipe_names import NAME
from ..tubes.tube_layouts import write_all_tubes
from .point3d_counts import point3d_parameters
from .small_point3d import LOADERS, shrink_detector, write_random_banks

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / 'configs/detection/point3d'
RECIPES = sorted(path.stem for path in FOLDER.glob('*.py'))
PAPER = [each for each in RECIPES if 'hg104' in each]
AVA = [each for each in RECIPES if '_ava2' in each or 'multi-label' in each]
ACCURACY = [
    each
    for each in RECIPES
    if re.search('_stick-(far|memory)-', each) and '-no-3d_' not in each
]
CLASSES = {
    'stick-tubes': 12,
    'stick-occluded': 10,
    'stick-far': 8,
    'stick-memory': 4,
    'stick-multi-label': 14,
    'ucf101-24': 24,
    'ava21': 80,
    'ava22': 80,
    **{f'jhmdb-split{i}': 21 for i in (1, 2, 3)},
}
UCF = 'point3d_coco-pre-hg104_8xb2-16x1x1-12e_ucf101-24-rgb'
JHMDB = '{}_coco-pre-hg104_8xb2-{}x1x1-20e_jhmdb-split{}-rgb'
FULL = JHMDB.format('point3d', 16, 1)
LIGHT = '{}_hg32_1xb8-8x1x1-1e_stick-tubes-rgb'
RESNET = 'point3d_r18_1xb8-8x1x1-1e_stick-tubes-rgb'
ACTORS = 'point3d_hg32_1xb8-8x1x1-3e_stick-multi-label-rgb'
BANK = 'point3d-bank_jhmdb-pre-hg104_8xb2-32x1x1-20e_jhmdb-split1-rgb'
AVA_NAME = 'point3d_coco-{}-pre-hg104_8xb2-16x1x1-15e_ava{}-rgb'


def load(stem):
    return Config.fromfile(FOLDER / f'{stem}.py')


def dataset_of(stem):
    return NAME.fullmatch(stem)['dataset']


@pytest.fixture(autouse=True)
def default_data_root(monkeypatch):
    for name in ('TUBES', 'OCCLUDED', 'FAR', 'MEMORY', 'FIRST', 'BANK'):
        monkeypatch.delenv(f'MMVKP_STICK_{name}', raising=False)


@pytest.fixture(scope='module')
def data(tmp_path_factory):
    """A folder with a few videos of every data set, in `data`."""
    folder = tmp_path_factory.mktemp('tubes')
    write_all_tubes(folder)
    return folder


def test_the_paper_is_covered():
    assert len(PAPER) >= 22
    for name in (UCF, *(JHMDB.format('point3d', 16, s) for s in (1, 2, 3))):
        assert name in PAPER
    assert len(AVA) == 5


@pytest.mark.parametrize('stem', RECIPES)
def test_name_agrees_with_content(stem):
    found = NAME.fullmatch(stem)
    assert found, 'the name does not follow the grammar'
    config = load(stem)
    batch, epochs = int(found['batch']), int(found['epochs'])
    assert config.train_dataloader.batch_size == batch
    assert config.train_cfg.max_epochs == epochs
    assert config.auto_scale_lr.base_batch_size == batch * int(found['gpus'])
    assert (
        max(each.end for each in config.param_scheduler if each.get('by_epoch', True))
        == epochs
    )
    model, classes = config.model, CLASSES[found['dataset']]
    if model.cls_head is None:
        assert model.point_head.num_classes == classes
    else:
        assert model.cls_head.num_classes == classes
        assert model.point_head.get('num_classes', 1) == 1
    split = re.search(r'split(\d)', found['dataset'])
    for loader in LOADERS:
        dataset = config[loader].dataset
        sampler = dataset.pipeline[0]
        where = sampler if sampler.type == 'SampleKeyClip' else dataset
        assert where.clip_len == int(found['clip'])
        assert where.get('frame_interval', 1) == int(found['interval'])
        assert found['clips'] == '1'
        path = dataset.ann_file.lower().replace('_', '-')
        assert found['dataset'][:3] in path
        assert not split or dataset.split == int(split[1])
    for evaluator in (config.val_evaluator, config.test_evaluator):
        assert evaluator.ann_file == config.val_dataloader.dataset.ann_file
        assert not split or evaluator.split == int(split[1])


@pytest.mark.parametrize('stem', RECIPES)
def test_parameters(stem):
    config = load(stem)
    built = network(json.dumps(config.model.to_dict()))
    assert count_parameters(built) == point3d_parameters(config.model)


def test_parameters_of_the_whole_network():
    """187.08 M of Hourglass-104, 0.89 M, 47.68 M and 1.32 M."""
    model = load(FULL).model
    assert point3d_parameters(model, training=False) == (
        187077248 + 892212 + 47676544 + 1322517
    )


@pytest.mark.parametrize('stem', RECIPES)
def test_data_and_metric(stem, data, monkeypatch):
    """The first training clip, the last test clip and the metric."""
    monkeypatch.chdir(data)
    config = shrink_detector(load(stem))
    write_random_banks(config)
    for loader, index in (('train_dataloader', 0), ('test_dataloader', -1)):
        dataset = DATASETS.build(config[loader].dataset)
        packed = dataset[index % len(dataset)]
        clip_len = int(NAME.fullmatch(stem)['clip'])
        assert packed['inputs'].shape == (3, clip_len, 64, 64)
        if loader == 'train_dataloader':
            truth = packed['data_samples'].gt_instances
            joints = config.model.point_head.num_knots
            assert ('keypoints' in truth) >= (joints > 0)
            assert truth.bboxes.shape[1:] == (clip_len, 4)
    metric = METRICS.build(config.test_evaluator)
    if 'monitor' in config:
        assert config.monitor.split('/')[0] == metric.default_prefix


# One recipe for each data set, and the smallest and the second largest network.
FAMILIES = (
    FULL,
    UCF,
    AVA_NAME.format('k400', 22),
    RESNET,
    ACTORS,
    JHMDB.format('point3d-no-3d', 16, 1),
    BANK,
    LIGHT.format('point3d-no-kp-no-twa-no-3d'),
)


@pytest.mark.parametrize(
    'stem',
    [
        each if each in FAMILIES else pytest.param(each, marks=pytest.mark.slow)
        for each in RECIPES
    ],
)
def test_one_train_and_one_test_step(stem, data, monkeypatch):
    monkeypatch.chdir(data)
    config = shrink_detector(load(stem))
    torch.manual_seed(0)
    model = MODELS.build(config.model)
    write_random_banks(config, model.network)
    dataset = DATASETS.build(config.train_dataloader.dataset)
    batch = pseudo_collate([dataset[i % len(dataset)] for i in range(2)])
    wrapper = build_optim_wrapper(model, config.optim_wrapper)
    model.train()
    losses = model.train_step(batch, wrapper)
    assert losses['loss'].isfinite()
    # With a bank the network of the frames is not trained.
    points = model.bank is None
    assert losses.get('loss_center', 0) > 0 or not points
    assert ('loss_cls' in losses) == (model.cls_head is not None)
    joints = points and model.point_head.num_knots > 0
    assert ('loss_knot_heatmap' in losses) == joints
    model.eval()
    dataset = DATASETS.build(config.test_dataloader.dataset)
    batch = pseudo_collate([dataset[len(dataset) - 1]])
    with torch.no_grad():
        samples = [each.to_dict() for each in model.test_step(batch)]
    assert len(samples[0]['pred_instances']['bboxes'])
    metric = METRICS.build(config.test_evaluator)
    metric.process(batch, samples)
    if stem in AVA:
        # One list of boxes for each class; its own computation starts 32
        # processes.
        assert len(metric.results[0]['outputs']) == CLASSES[dataset_of(stem)]
        found = ['overall']
    elif stem in ACCURACY:
        # An accuracy needs all clips of a tube.
        assert len(metric.results) == 1
    else:
        found = metric.compute_metrics(metric.results)
    if 'monitor' in config:
        prefix, key = config.monitor.split('/')
        assert prefix == metric.default_prefix and key in found


def documented_options(channels):
    """Options of the README as `--cfg-options` sets them."""
    text = (FOLDER / 'README.md').read_text(encoding='utf-8')
    text = text[text.index('### Options that are not in the paper') :]
    pairs = re.findall(r'^\| `((?:model|train_dataloader)[.\w]+)=(\w+)`', text, re.M)
    options = {key: int(value) if value.isdigit() else value for key, value in pairs}
    assert options['model.twa.gain_channels'] == 128
    return dict(options, **{'model.twa.gain_channels': channels})


@pytest.mark.parametrize('stem', [FULL, RESNET])
def test_options_that_are_not_in_the_paper(stem, data, monkeypatch):
    """All of them together, a train and a test step."""
    monkeypatch.chdir(data)
    config = shrink_detector(load(stem))
    options = documented_options(config.model.point_head.in_channels)
    assert options['model.cls_head.clip_label'] == 'background' and len(options) == 6
    config.merge_from_dict({**options, 'model.point_head.num_stacks': 1})
    torch.manual_seed(0)
    model = MODELS.build(config.model)
    dataset = DATASETS.build(config.train_dataloader.dataset)
    assert dataset.get_data_info(0)['start'] == 1 - dataset.clip_len // 2
    batch = pseudo_collate([dataset[0], dataset[len(dataset) - 1]])
    wrapper = build_optim_wrapper(model, config.optim_wrapper)
    losses = model.train().train_step(batch, wrapper)
    assert losses['loss'].isfinite() and losses['loss_box'] > 0
    assert model.twa.gain.abs().min() > 0
    dataset = DATASETS.build(config.test_dataloader.dataset)
    with torch.no_grad():
        (sample,) = model.eval().test_step(pseudo_collate([dataset[0]]))
    assert sample.class_scores.shape == (CLASSES[dataset_of(stem)],)
    assert 0 < sample.class_scores.sum() < 1


@pytest.mark.parametrize('stem', PAPER)
def test_both_rates_fall_when_the_validation_saturates(stem):
    config = load(stem)
    points, cls = config.optim_wrapper.points, config.optim_wrapper.cls
    assert points.optimizer == dict(type='Adam', lr=5e-4)
    assert (cls.optimizer.type, cls.optimizer.lr) == ('SGD', 1e-3)
    wrapper = OptimWrapper(
        OPTIMIZERS.build(
            dict(cls.optimizer, params=[torch.nn.Parameter(torch.zeros(1))])
        )
    )
    scheduler = PARAM_SCHEDULERS.build(
        dict(config.param_scheduler[0], optimizer=wrapper)
    )
    rates = []
    if 'multistep' in stem:
        for _ in range(config.train_cfg.max_epochs):
            rates += wrapper.get_lr()['lr']
            wrapper.optimizer.step()
            scheduler.step()
        expected = [1e-3] * 6 + [1e-4] * 2 + [1e-5] * 4
    else:
        assert config.train_cfg.val_interval == 1
        assert config.train_cfg.val_begin == 1
        # It gets better, then twice no better: the second time is too much.
        for score in (10.0, 20.0, 20.0, 20.0, 30.0):
            scheduler.step({config.monitor: score})
            rates += wrapper.get_lr()['lr']
        expected = [1e-3] * 3 + [1e-4] * 2
    assert rates == pytest.approx(expected)


def without(config, *keys):
    """The config as a dict, without some keys at the top."""
    found = config.to_dict()
    for key in keys:
        found.pop(key, None)
    return found


@pytest.mark.parametrize('clip_len', [1, 3, 5, 7, 9, 13, 32])
def test_table_4_changes_the_length_of_clips_alone(clip_len):
    found = load(JHMDB.format('point3d', clip_len, 1))
    for loader in LOADERS:
        assert found[loader].dataset.clip_len == clip_len
        found[loader].dataset.clip_len = 16
    assert without(found, 'clip_len') == without(load(FULL), 'clip_len')


def test_pass_two_adds_the_bank_alone():
    first, second = load(JHMDB.format('point3d', 32, 1)), load(BANK)
    bank = second.model.pop('bank')
    assert second.model == first.model
    assert second.optim_wrapper.cls.modules[-1] == 'bank'
    second.optim_wrapper.cls.modules.pop()
    assert second.optim_wrapper == first.optim_wrapper
    for loader in LOADERS:
        step = second[loader].dataset.pipeline.pop(1)
        assert step.type == 'LoadBank' and step.window == bank.window
        assert 'causal' not in step and 'causal' not in bank
        assert second[loader] == first[loader]
    for key in ('train_cfg', 'param_scheduler', 'test_evaluator'):
        assert second[key] == first[key]


@pytest.mark.parametrize(
    'variant, kp, three_d, twa',
    [
        ('point3d-no-kp-no-twa-no-3d', False, False, False),
        ('point3d-no-twa-no-3d', True, False, False),
        ('point3d-no-3d', True, False, True),
        ('point3d-no-kp-no-twa', False, True, False),
        ('point3d-no-twa', True, True, False),
        ('point3d', True, True, True),
    ],
)
@pytest.mark.parametrize('light', [False, True])
def test_table_3_changes_the_network_alone(variant, kp, three_d, twa, light):
    full, stem = FULL, JHMDB.format(variant, 16, 1)
    if light:
        full, stem = LIGHT.format('point3d'), LIGHT.format(variant)
    full, found = load(full), load(stem)
    assert without(found, 'model') == without(full, 'model')
    model = found.model
    assert (model.point_head.num_knots == 15) == kp
    assert (model.cls_head is not None) == three_d
    assert (model.clip_backbone is not None) == three_d
    assert (model.twa is not None) == twa
    for key in ('backbone', 'data_preprocessor', 'loss_weights'):
        assert model.get(key) == full.model.get(key)


def test_mirrored_joints_change_sides():
    """Order of JHMDB's joints: r and l stand for right and left."""
    joints = (
        'neck belly head r_shoulder l_shoulder r_hip l_hip r_elbow '
        'l_elbow r_knee l_knee r_wrist l_wrist r_ankle l_ankle'
    ).split()
    (flip,) = [
        step
        for step in load(FULL).train_dataloader.dataset.pipeline
        if step.type == 'Flip'
    ]
    pairs = {
        (joints[left], joints[right])
        for left, right in zip(flip.left_kp, flip.right_kp)
    }
    assert pairs == {
        (f'l_{name}', f'r_{name}')
        for name in ('shoulder', 'hip', 'elbow', 'knee', 'wrist', 'ankle')
    }


@pytest.mark.parametrize('version, year', [(21, 2018), (22, 2019)])
def test_ava_counts_60_classes(version, year):
    """The official files with 60 classes have the year in their name."""
    config = load(AVA_NAME.format('k400', version))
    name = f'ava_action_list_v2.{version % 10}_for_activitynet_{year}.pbtxt'
    assert config.val_evaluator.label_file.endswith(f'/{name}')
    text = json.dumps(without(config))
    assert f'v2.{version % 10}' in text and f'v2.{3 - version % 10}' not in text


@pytest.mark.parametrize('version', [21, 22])
def test_kinetics_weights_reach_the_stages(version, tmp_path, monkeypatch):
    """As named by the converter: all but the stem."""
    monkeypatch.chdir(tmp_path)
    k400, k700 = (
        shrink_detector(load(AVA_NAME.format(name, version)))
        for name in ('k400', 'k700')
    )
    net = k700.model.clip_backbone
    weights = {
        f'clip_backbone.{name}': torch.full_like(value, 0.5)
        for name, value in MODELS.build(dict(net)).state_dict().items()
        if name.startswith('layer')
    }
    Path('checkpoints').mkdir()
    torch.save(dict(state_dict=weights), 'checkpoints/resnext101_k700.pth')
    built = MODELS.build(net)
    built.init_weights()
    for name, value in built.named_parameters():
        assert bool((value == 0.5).all()) == name.startswith('layer')
    k400.model.clip_backbone.init_cfg[-1].checkpoint = 'checkpoints/resnext101_k700.pth'
    assert without(k400) == without(k700, 'weights')


def test_jhmdb_starts_from_ucf101_24(tmp_path):
    """Layers of another size start at random."""
    stem = 'point3d_ucf101-24-pre-hg104_8xb2-16x1x1-20e_jhmdb-split1-rgb'
    assert without(load(stem), 'load_from') == without(load(FULL), 'load_from')
    source, found = (
        MODELS.build(shrink_detector(load(name)).model) for name in (UCF, stem)
    )
    torch.save(source.state_dict(), tmp_path / 'ucf.pth')
    before = found.cls_head.fc_cls.weight.clone()
    load_checkpoint(found, str(tmp_path / 'ucf.pth'))
    state = found.state_dict()
    for name, value in source.state_dict().items():
        if not name.startswith('cls_head.fc_cls'):
            torch.testing.assert_close(state[name], value)
    torch.testing.assert_close(found.cls_head.fc_cls.weight, before)
