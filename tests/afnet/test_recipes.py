"""Rates, schedules, pipelines and ablations of the AFNet recipes."""

import copy
import functools
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from mmaction.registry import DATASETS, HOOKS, METRICS, MODELS
from mmengine.config import Config
from mmengine.optim import build_optim_wrapper
from torch import nn

from mmvkp.afnet.ample_focal import AdaptiveMerge
from mmvkp.afnet.selection import NavigationModule
from mmvkp.afnet.spatial_selection import SpatialNavigationModule

from ..data_layouts import write_activitynet
from ..method_pages import text_of

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / 'configs/recognition/afnet'
RECIPES = sorted(path.stem for path in FOLDER.glob('*.py'))
VIDEO = [each for each in RECIPES if '-55e_' in each]
SELECTING = [
    each
    for each in RECIPES
    if '-55e_' in each and each.startswith('afnet') or '_af-r10_' in each
]
ANET = '{}_in1k-pre-af-r50_2xb16-1x1x12-55e_activitynet-rgb'
LR, DECAY = 0.01, 5e-4


@functools.cache
def read(stem):
    return Config.fromfile(FOLDER / f'{stem}.py')


def load(stem):
    """Config of a recipe; the copy may be changed."""
    return copy.deepcopy(read(stem))


def on_meta(stem):
    """Model of a recipe without memory for its weights."""
    with torch.device('meta'):
        return MODELS.build(load(stem).model)


def rates_by_hand(model):
    """Learning rate and decay of each parameter by the rule of the authors'
    code, which goes by the kind of layer and its shape."""
    rates = {}
    mobile = type(model.backbone).__name__ == 'AFMobileNetV3'
    for path, module in model.named_modules():
        inside = (
            [
                type(model.get_submodule('.'.join(path.split('.')[:i])))
                for i in range(1, 1 + len(path.split('.')))
            ]
            if path
            else []
        )
        for name, parameter in module.named_parameters(recurse=False):
            key, bias = f'{path}.{name}', name == 'bias'
            if {NavigationModule, SpatialNavigationModule} & set(inside):
                rate = (10 * LR, DECAY)
            elif isinstance(module, nn.BatchNorm2d):
                rate = (LR, 0)
            elif isinstance(module, nn.Linear):
                last = 1280 in module.weight.shape or not mobile
                rate = (
                    (10 * LR, 0)
                    if last and bias
                    else (5 * LR, DECAY)
                    if last
                    else (LR, DECAY)
                )
            else:
                rate = (2 * LR, 0) if bias else (LR, DECAY)
            rates[key] = rate
    return rates


@pytest.mark.parametrize(
    'stem, groups',
    [
        (
            'afnet-tsm-rt40_in1k-pre-af-r50_2xb16-1x1x12-55e_sthv1-rgb',
            {'navigation': 10 * 5, 'merge': 3 * 2},
        ),
        (
            'afnet-tsm-rt40_in1k-pre-af-mbv3_2xb16-1x1x12-55e_sthv1-rgb',
            {'navigation': 5 * 5, 'merge': 2 * 4},
        ),
        (
            ANET.format('afnet-rs40-rt80'),
            {'navigation': 5, 'merge': 3 * 2, 'regions': 10 * 5},
        ),
        ('tsn_in1k-pre-r50_2xb16-1x1x8-55e_sthv1-rgb', {}),
    ],
)
def test_every_learning_rate_and_decay(stem, groups):
    config, model = load(stem), on_meta(stem)
    for name, count in groups.items():
        assert sum(f'.{name}.' in key for key, _ in model.named_parameters()) == count
    wrapper = build_optim_wrapper(model, config.optim_wrapper)
    assert wrapper.clip_grad_kwargs == dict(max_norm=20, norm_type=2)
    names = {id(each): name for name, each in model.named_parameters()}
    found = {}
    for group in wrapper.optimizer.param_groups:
        assert group['momentum'] == 0.9
        for each in group['params']:
            found[names[id(each)]] = (group['lr'], group['weight_decay'])
    wanted = rates_by_hand(model)
    assert found.keys() == wanted.keys()
    for name, rate in wanted.items():
        assert found[name] == pytest.approx(rate), name


def test_merge_layers_are_those_of_the_module():
    """The key `.merge.` of the schedule selects the layers of AdaptiveMerge."""
    model = on_meta(ANET.format('afnet-rt50'))
    inside = {
        f'{path}.{name}'
        for path, module in model.named_modules()
        if isinstance(module, AdaptiveMerge)
        for name, _ in module.named_parameters()
    }
    assert inside == {name for name, _ in model.named_parameters() if '.merge.' in name}


@pytest.mark.parametrize('stem', VIDEO)
def test_the_schedule_of_the_learning_rate(stem):
    config = load(stem)
    assert [dict(each) for each in config.param_scheduler] == [
        dict(
            type='MultiStepLR',
            begin=0,
            end=55,
            by_epoch=True,
            milestones=[25, 45],
            gamma=0.1,
        )
    ]
    assert config.optim_wrapper.optimizer == dict(
        type='SGD', lr=LR, momentum=0.9, weight_decay=DECAY
    )


@pytest.mark.parametrize('stem', SELECTING)
def test_what_is_learned_is_annealed_and_what_is_selected_is_reported(stem):
    config = load(stem)
    types = [each.type for each in config.custom_hooks]
    record = types.index('SelectionRecordHook')
    general = load('tsn_r10_1xb16-u8-6e_stick-action-rgb').custom_hooks
    assert types[:record] == [each.type for each in general]
    learned = any(config.model.neck.get(key) for key in ('ratio_loss', 'spatial_loss'))
    fixed = config.model.backbone.get('spatial_cfg', {}).get('policy') in (
        'random',
        'center',
    )
    after = [each for each in types[record + 1 :] if each != 'AutocastHook']
    assert after == ['SelectionAnnealHook'] * (learned and not fixed)
    assert config.test_evaluator[-1].type == 'ComputeCostMetric'
    for each in config.custom_hooks:
        HOOKS.build(each)


@pytest.mark.parametrize(
    'stem, epochs',
    [
        ('afnet-rt25_in1k-pre-af-r50_2xb16-1x1x8-55e_jester-rgb', 55),
        ('afnet-rt25_af-r10_1xb16-u8-6e_stick-action-rgb', 6),
    ],
)
def test_the_schedule_of_selection(stem, epochs):
    """By hand, at shares of the training: 1 before 10/55; then 2/3 and 1/3 of
    the way from RT to 1; tau = 0.01 ** (progress / 50)."""
    config = load(stem)
    hook = HOOKS.build(config.custom_hooks[-1])
    target = config.model.neck.ratio_loss.target_ratio
    assert target == 0.25 and config.train_cfg.max_epochs == epochs
    for epoch, ratio in (
        (0, 1.0),
        (9.9, 1.0),
        (10, 0.75),
        (14.9, 0.75),
        (15, 0.5),
        (19.9, 0.5),
        (20, 0.25),
        (54, 0.25),
    ):
        assert hook.ratio_at(epoch * epochs / 55 + 1e-9, target) == pytest.approx(ratio)
    for epoch, temperature in ((0, 1.0), (25, 0.1), (50, 0.01), (55, 0.01)):
        assert hook.temperature_at(epoch * epochs / 55) == pytest.approx(temperature)


def shares_of(config):
    """Targets and fixed shares of frames and regions, None without."""
    model = config.model
    found = []
    for loss, part in (
        ('ratio_loss', 'selection_cfg'),
        ('spatial_loss', 'spatial_cfg'),
    ):
        fixed = (model.backbone.get(part) or {}).get('ratio')
        learned = (model.neck.get(loss) or {}).get('target_ratio')
        found.append(learned if fixed is None else fixed)
    return found


@pytest.mark.parametrize('stem', SELECTING)
def test_the_name_says_what_is_selected(stem):
    config, words = load(stem), stem.split('_')[0].split('-')[1:]
    backbone = config.model.backbone
    shares = [None, None]
    for word in words:
        found = re.fullmatch(r'r([ts])(\d+)', word)
        if found:
            shares['ts'.index(found[1])] = int(found[2]) / 100
    assert shares_of(config) == pytest.approx(shares)
    assert config.get('target_ratio') == shares[0]
    shifts = backbone.get('with_shift', backbone.type == 'AFMobileNetV3')
    assert shifts == ('tsm' in words)
    policies = {'random', 'uniform', 'normal', 'center', 'soft'} & set(words)
    policy = policies.pop() if policies else 'navigation'
    time = (backbone.get('selection_cfg') or {}).get('policy', 'navigation')
    if shares[1] is None:
        assert time == policy and 'spatial_cfg' not in backbone
    else:
        assert time == ('all' if shares[0] is None else 'navigation')
        assert backbone.spatial_cfg.get('policy', 'navigation') == policy
        placement = (backbone.get('selection_cfg') or {}).get('placement')
        assert placement == ('first' if shares[0] else None)
    two = backbone.get('arch_cfg', {}).get('two_branches', True)
    assert two == ('single' not in words)


@pytest.mark.parametrize(
    'word',
    [
        'rt25',
        'rt75',
        'single-rt25',
        'single-rt50',
        'random-rt50',
        'uniform-rt25',
        'normal-rt75',
        'rs25',
        'rs50',
        'random-rs75',
        'center-rs50',
        'rs40-rt80',
        'rs40-rt60',
        'rs40-rt100',
    ],
)
def test_an_ablation_changes_nothing_but_the_selection(word):
    full, ablation = (
        load(ANET.format(f'afnet-{each}')).to_dict() for each in ('rt50', word)
    )
    for config in (full, ablation):
        for key in ('target_ratio', 'region_ratio', 'custom_hooks', 'pretrained'):
            config.pop(key, None)
        for key in ('selection_cfg', 'spatial_cfg', 'arch_cfg', 'init_cfg'):
            config['model']['backbone'].pop(key, None)
        for key in ('ratio_loss', 'spatial_loss'):
            config['model']['neck'].pop(key, None)
    assert ablation == full


@pytest.mark.parametrize('stem', VIDEO)
def test_pipelines(stem):
    config = load(stem)
    frames = int(re.search(r'-1x1x(\d+)-', stem)[1])
    assert config.num_segments == frames
    for part in ('backbone', 'neck'):
        if stem.startswith('afnet'):
            assert config.model[part].num_segments == frames
    flips = any(each in stem for each in ('minikinetics', 'activitynet'))
    for loader in ('train_dataloader', 'val_dataloader', 'test_dataloader'):
        steps = {step.type: step for step in config[loader].dataset.pipeline[::-1]}
        training = loader.startswith('train')
        assert steps['SampleFrames'].num_clips == frames
        assert steps['SampleFrames'].get('test_mode', False) != training
        # The first Resize, 240 high and 320 wide.
        assert tuple(steps['Resize'].scale) == (320, 240)
        assert steps['Resize'].keep_ratio is False
        assert ('Flip' in steps) == (training and flips)
        assert ('MultiScaleCrop' in steps) == training
        assert ('CenterCrop' in steps) != training
    assert config.test_dataloader == config.val_dataloader


def test_mean_average_precision_of_activitynet(tmp_path, monkeypatch):
    """Labels of its list reach the metric; 1/2 (1 + 1/2) by hand."""
    monkeypatch.chdir(tmp_path)
    write_activitynet(tmp_path)
    config = load(ANET.format('afnet-rt50'))
    cfg = config.val_dataloader.dataset
    cfg.pipeline = []
    dataset = DATASETS.build(cfg)
    labels = [dataset.get_data_info(i)['label'] for i in range(2)]
    assert [each.nonzero().tolist() for each in labels] == [[[0]], [[199]]]
    metric = METRICS.build(config.val_evaluator[0])
    # Class 0 is found first, class 199 second.
    scores = torch.zeros(2, 200)
    scores[:, 0] = torch.tensor([0.9, 0.1])
    scores[:, 199] = torch.tensor([0.4, 0.3])
    metric.process(
        None,
        [
            dict(pred_score=score, gt_label=label)
            for score, label in zip(scores, labels)
        ],
    )
    result = metric.compute_metrics(metric.results)
    assert result == {'mean_average_precision': pytest.approx(0.75)}


def test_the_loss_of_a_label_vector_is_that_of_its_class():
    head = MODELS.build(load(ANET.format('afnet-rt50')).model.cls_head)
    scores = torch.randn(3, 200, generator=torch.Generator().manual_seed(0))
    classes = torch.tensor([0, 7, 199])
    loss = head.loss_cls(scores, nn.functional.one_hot(classes, 200).float())
    log = scores.double().numpy()
    log = log - np.log(np.exp(log).sum(1, keepdims=True))
    assert loss.item() == pytest.approx(-log[range(3), classes].mean(), abs=1e-5)


@pytest.mark.parametrize(
    'stem, published, per_mask, widths',
    [
        # Fixed and focal part at 12 frames and 174 classes, masks M, and what
        # the modules see more of in outputs than in inputs.
        (
            'afnet-tsm-rt40_in1k-pre-af-r50_2xb16-1x1x12-55e_sthv1-rgb',
            21981105120 + 12562464768,
            10,
            64,
        ),
        (
            'afnet-tsm-rt40_in1k-pre-af-r101_2xb16-1x1x12-55e_sthv1-rgb',
            24765446928 + 34835791872,
            27,
            64,
        ),
        (
            'afnet-tsm-rt40_in1k-pre-af-mbv3_2xb16-1x1x12-55e_sthv1-rgb',
            2081997936 + 231457536,
            5,
            56,
        ),
    ],
)
def test_costs_are_the_published_ones(stem, published, per_mask, widths):
    """The metafile's count against the published law of the authors' code.

    That code mixes time in groups (2 * 2T instead of (2T)^2 products),
    looks at inputs, and classifies every frame instead of their mean.
    """
    text = (FOLDER / 'metafile.yml').read_text()
    facts = text.partition(f'Name: {stem}\n')[2]
    flops = int(re.search(r'FLOPs: (\d+)', facts)[1])
    width = 1280 if 'mbv3' in stem else 2048
    by_hand = published + per_mask * (24 * 24 - 2 * 24) + 12 * 2 * widths
    assert flops == by_hand - 11 * width * 174


def test_recipes_are_as_the_pages_list_them():
    text = text_of(FOLDER)
    lost = [each for each in RECIPES if f'({each}.py)' not in text]
    assert not lost
    named = set(re.findall(r'\(([\w-]+)\.py\)', text))
    assert named <= set(RECIPES)


@pytest.fixture()
def shown(tmp_path):
    """The two configs of the page: for an existing config, and for own videos."""
    text = (FOLDER / 'README.md').read_text(encoding='utf-8')
    configs = []
    for code in re.findall(r'```python\n(.*?)```', text, re.DOTALL):
        if '_base_' in code:
            path = tmp_path / f'config_{len(configs)}.py'
            path.write_text(code)
            configs.append(Config.fromfile(path))
    assert len(configs) == 2
    return configs


def test_the_config_that_one_has_selects_frames(shown):
    config = shown[0]
    model = MODELS.build(config.model).eval()
    with torch.no_grad():
        scores = model(torch.rand(1, 8, 3, 64, 64), stage='head')
    assert scores.shape == (1, 174)
    (sampler,) = [
        step
        for step in config.test_dataloader.dataset.pipeline
        if step.type == 'SampleFrames'
    ]
    assert sampler.num_clips == 8 and config.train_cfg.max_epochs == 50
    for each in config.custom_hooks:
        HOOKS.build(each)
    hook = HOOKS.build(config.custom_hooks[-1])
    assert hook.temperature_end <= 50 and max(hook.ratio_steps) <= 50


def test_own_videos_as_the_page_says(shown):
    config = shown[1]
    assert config.model.cls_head.num_classes == 5
    assert config.train_dataloader.dataset.ann_file == 'my/train.txt'
    for loader in (config.val_dataloader, config.test_dataloader):
        assert loader.dataset.ann_file == 'my/val.txt'
        assert loader.dataset.type == 'VideoDataset'
    assert config.auto_scale_lr == dict(enable=True, base_batch_size=32)
