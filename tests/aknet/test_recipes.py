"""AK-Net recipes: stages, data, schedules and ablations."""

import copy
import functools
import json
import re
from pathlib import Path

import pytest
import torch
import yaml
from mmaction.registry import MODELS, TRANSFORMS
from mmengine.config import Config
from mmengine.optim import build_optim_wrapper
from mmengine.runner import Runner

from mmvkp.recognition.complexity import count_macs

from ..data_layouts import write_rawframes, write_videos
from ..meta_networks import macs_of_clip, network
from ..method_pages import text_of
from ..small_configs import LOADERS, shrink

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / 'configs/recognition/aknet'
RECIPES = sorted(path.stem for path in FOLDER.glob('*.py'))
# Of the paper, in which 8 videos a GPU is our choice.
PAPER = [each for each in RECIPES if '_8xb8-' in each]
STAGE2 = [each for each in RECIPES if each.startswith('aknet-')]
TSM = '{}_in1k-pre-r50_8xb8-1x1x8-{}-rgb'
TDN = '{}_in1k-pre-r50_8xb8-5x1x8-{}-rgb'
FACTS = {
    model['Name']: model['Metadata']
    for model in yaml.safe_load((FOLDER / 'metafile.yml').read_text())['Models']
}


def load(stem):
    """A copy of a recipe; reading takes a tenth of a second."""
    return copy.deepcopy(_read(stem))


@functools.cache
def _read(stem):
    return Config.fromfile(FOLDER / f'{stem}.py')


def network_of(config):
    """The network without weights."""
    return network(json.dumps(config.model.to_dict()))


def one_epoch(config, stem):
    """A training of one step on two videos, in the tools' default folder."""
    config = shrink(config)
    config.work_dir = f'work_dirs/{stem}'
    config.train_dataloader.update(
        batch_size=2, num_workers=0, persistent_workers=False
    )
    config.train_dataloader.dataset.indices = 2
    config.train_cfg.update(max_epochs=1)
    config.val_dataloader = config.val_cfg = config.val_evaluator = None
    config.test_dataloader = config.test_cfg = config.test_evaluator = None
    return config


@pytest.mark.parametrize(
    'stage1, stage2, write',
    [
        (
            TSM.format('tsm', '50e_sthv2'),
            TSM.format('aknet-tsm', '50e_sthv2'),
            lambda root: write_videos(root, 'sthv2', 174),
        ),
        (
            TDN.format('tdn', '50e_sthv1'),
            TDN.format('aknet-tdn', '50e_sthv1'),
            lambda root: write_rawframes(root, 'sthv1', 174),
        ),
    ],
)
def test_stage_2_starts_from_the_checkpoint_of_stage_1(
    stage1, stage2, write, tmp_path, monkeypatch
):
    """Both stages are trained in the default work dirs of the tools."""
    monkeypatch.chdir(tmp_path)
    write(tmp_path)
    first = Runner.from_cfg(one_epoch(load(stage1), stage1))
    first.train()
    config = one_epoch(load(stage2), stage2)
    assert config.load_from == f'work_dirs/{stage1}/epoch_50.pth'
    config.load_from = config.load_from.replace('epoch_50', 'epoch_1')
    # Nothing is learned, so the weights stay as they were loaded.
    config.optim_wrapper.optimizer.lr = 0.0
    second = Runner.from_cfg(config)
    second.train()
    host, found = first.model.backbone, second.model.backbone
    state = found.base.state_dict()
    for name, weight in host.named_parameters():
        assert name.startswith('layer4') or state[name].equal(weight)
    for index, block in enumerate(host.layer4):
        kernel = block.conv2.conv.weight
        torch.testing.assert_close(
            found.tail.layer4[index].conv2.conv.weight, kernel.sum(-1)
        )
    weight = second.model.cls_head.fc_cls.weight
    assert weight[:, 128:].equal(first.model.cls_head.fc_cls.weight)
    assert not weight[:, :128].any()
    log = ''.join(
        path.read_text() for path in Path(f'work_dirs/{stage2}').rglob('*.log')
    )
    assert re.search(
        r'AKNet: loaded \d+ tensors of a plain \w+ unchanged; '
        r'compacted \d+ of layer4 to 1D kernels',
        log,
    )
    assert 'AKHead: loaded a classifier of shape (174, 256)' in log


@pytest.mark.parametrize('stem', STAGE2)
def test_stage_2_loads_the_checkpoint_of_stage_1(stem):
    config = load(stem)
    first = load(config.stage1)
    assert config.load_from == (
        f'work_dirs/{config.stage1}/epoch_{first.train_cfg.max_epochs}.pth'
    )
    base, host = config.model.backbone.base, first.model.backbone
    # Stage 1 brings all weights: those of ImageNet would be downloaded in vain.
    assert base.get('pretrained') is None
    for each in (base, host):
        each.pop('pretrained', None)
        each.pop('pretrained2d', None)
    assert base == host


@pytest.mark.parametrize(
    'stem',
    [
        layout.format(f'aknet-{host}', data)
        for host, layout in (('tsm', TSM), ('tdn', TDN))
        for data in ('50e_sthv1', '50e_sthv2', '45e_diving48')
    ],
)
def test_both_stages_differ_in_the_network_alone(stem):
    """ "We fine-tune all modules using the same training scheme"."""
    second = load(stem).to_dict()
    first = load(second['stage1']).to_dict()
    models = []
    for config in (first, second):
        models.append(config.pop('model'))
        for key in (
            'load_from',
            'stage1',
            'select_stage',
            'map_channels',
            'keypoint_ratio',
            'preprocess_cfg',
        ):
            config.pop(key, None)
    assert first == second
    for key in ('mean', 'std', 'to_rgb'):
        plain, ours = (each['data_preprocessor'].get(key, False) for each in models)
        assert plain == ours
    for key in (
        'num_classes',
        'in_channels',
        'dropout_ratio',
        'init_std',
        'average_clips',
    ):
        assert models[0]['cls_head'][key] == models[1]['cls_head'][key]


def of_name(stem):
    """Model of a stage-2 recipe of the paper, as its name says it."""
    method, rest = stem.split('_', 1)
    model = load(f'{method[:9]}_{rest}').model.to_dict()
    backbone, head = model['backbone'], model['cls_head']
    words = re.findall(r'no-\w+|\w+', method[9:])
    for word in words:
        if word.startswith('res'):
            backbone['select_stage'] = int(word[3:]) - 2
            head['map_channels'] = 64 * 2 ** int(word[3:])
        elif re.fullmatch(r'a\d+', word):
            backbone['keypoint_ratio'] = int(word[1:]) / 100
        elif word in ('no-rank', 'no-transform'):
            backbone[word[3:]] = 'none'
        elif word in ('embedding', 'pointnet'):
            backbone['transform'] = word
        elif word == 'no-concat':
            head['concat_pooled'] = False
        else:
            assert word == 'no-sparsity'
            head['loss_sparsity'] = None
    return model


@pytest.mark.parametrize('stem', sorted(set(STAGE2) & set(PAPER)))
def test_an_ablation_changes_only_the_parts_in_its_name(stem):
    config = load(stem).to_dict()
    assert config.pop('model') == of_name(stem)
    method, rest = stem.split('_', 1)
    full = load(f'{method[:9]}_{rest}').to_dict()
    full.pop('model')
    assert config == full


def test_every_row_of_the_paper_has_a_recipe():
    """Tables IV (six rows), V (three) and VI (two by five), and figure 5."""
    row = 'aknet-tsm-res2-no-concat'
    alone = f'{row}-no-sparsity-no-transform-no-rank'
    rows = [
        alone,
        f'{row}-no-sparsity-no-transform',
        f'{row}-no-transform',
        f'{row}-no-sparsity',
        row,
        'aknet-tsm-res2',
        f'{row}-no-sparsity-embedding',
        'aknet-tsm-res3',
        'aknet-tsm',
    ]
    for alpha in ('-a10', '', '-a50', '-a70', '-a100'):
        rows += [f'{alone}{alpha}', f'{row}-no-sparsity{alpha}']
    wanted = {TSM.format(each, '50e_sthv2') for each in rows} | {
        TDN.format(each, '50e_sthv2')
        for each in ('aknet-tdn', 'aknet-tdn-res2', 'aknet-tdn-res3')
    }
    assert wanted <= set(RECIPES)
    found = {each for each in STAGE2 if '8xb8' in each and 'sthv2' in each}
    assert found - wanted == {TSM.format('aknet-tsm-pointnet', '50e_sthv2')}


@pytest.mark.parametrize(
    'name, parameters, gmacs, paper',
    [
        ('tsm', 23864558, 32.700, 33),
        ('tdn', 24410574, 35.639, 36),
        ('aknet-tsm', 37511287, 28.180, 28),
        ('aknet-tsm-res3', 21510263, 18.953, None),
        ('aknet-tsm-res2', 17663095, 12.759, None),
        ('aknet-tsm-pointnet', 291386871, 28.480, 28),
        ('aknet-tdn', 37883319, 30.946, 31),
        ('aknet-tdn-res3', 21786135, 21.451, None),
        ('aknet-tdn-res2', 17919543, 15.039, None),
    ],
)
def test_counts_are_those_of_the_paper(name, parameters, gmacs, paper):
    """Numbers with 174 classes, computed layer by layer apart from this code,
    and the GFLOPs of Table II."""
    layout = TDN if 'tdn' in name else TSM
    facts = FACTS[layout.format(name, '50e_sthv2')]
    assert facts['Parameters'] == parameters
    assert round(facts['FLOPs'] / 1e9, 3) == gmacs
    assert paper in (None, round(facts['FLOPs'] / 1e9))


def test_costs_fall_with_the_split_below_that_of_trn():
    """Figure 5: the earlier the cheaper, res2 below TRN's 16 GFLOPs."""
    for host, layout in (('tsm', TSM), ('tdn', TDN)):
        costs = [
            FACTS[layout.format(f'aknet-{host}{split}', '50e_sthv2')]['FLOPs']
            for split in ('-res2', '-res3', '')
        ]
        assert costs == sorted(costs) and costs[0] < 16e9


def test_networks_without_weights_are_counted_as_real_ones():
    config = load('aknet-tsm_slim-r10_1xb16-u8-6e_stick-action-rgb')
    model = MODELS.build(config.model).eval()
    clip = torch.rand(1, 8, 3, 64, 64)
    assert count_macs(model, clip, stage='head') == macs_of_clip(
        network_of(config), 8, 3, 64
    )


@pytest.mark.parametrize('stem', PAPER)
def test_data_are_those_of_the_paper(stem):
    """Section IV-A: 256 x 256, a crop of 224, 8 frames, one view; no more."""
    config = load(stem)
    size = int(re.search(r'-(\d)x1x8-', stem)[1])
    changes = {
        'UprightVideoInit',
        'UprightVideoDecode',
        'RawFrameDecode',
        'FormatShape',
        'PackActionInputs',
    }
    for loader in LOADERS:
        steps = {
            step.type: step
            for step in config[loader].dataset.pipeline
            if step.type not in changes
        }
        training = loader.startswith('train')
        sampler = 'SampleSegmentFrames' if size == 5 else 'SampleFrames'
        crop = 'RandomCrop' if training else 'CenterCrop'
        stack = ['StackSegmentFrames'] if size == 5 else []
        assert list(steps) == [sampler, 'Resize', crop, *stack]
        assert (steps[sampler].clip_len, steps[sampler].num_clips) == (size, 8)
        assert steps[sampler].get('test_mode', False) != training
        # TDN's authors keep the aspect ratio, the AK-Net paper does not.
        scale = (-1, 256) if size == 5 else (256, 256)
        assert tuple(steps['Resize'].scale) == scale
        assert steps['Resize'].get('keep_ratio', True) == (size == 5)
        assert steps[crop].get('size', steps[crop].get('crop_size')) == 224
        for each in config[loader].dataset.pipeline:
            TRANSFORMS.build(each)
    assert config.test_dataloader == config.val_dataloader
    preprocessor = config.model.data_preprocessor
    assert preprocessor.mean == [123.675, 116.28, 103.53] * size
    assert preprocessor.std == [58.395, 57.12, 57.375] * size
    assert not preprocessor.get('to_rgb', False)


@pytest.mark.parametrize('stem', PAPER)
def test_schedules_are_those_of_the_paper(stem):
    config = load(stem)
    diving = 'diving48' in stem
    assert [dict(each) for each in config.param_scheduler] == [
        dict(
            type='MultiStepLR',
            begin=0,
            end=45 if diving else 50,
            by_epoch=True,
            milestones=[20, 40],
            gamma=0.1,
        )
    ]
    optimizer = config.optim_wrapper.optimizer
    if diving:
        assert optimizer == dict(type='Adam', lr=5e-4)
    else:
        assert optimizer == dict(type='SGD', lr=0.01, momentum=0.9, weight_decay=5e-4)
    assert config.num_gpus * config.batch_size == 64


def test_all_modules_are_trained_at_one_rate():
    config = load(TSM.format('aknet-tsm-res2', '50e_sthv2'))
    model = network_of(config)
    wrapper = build_optim_wrapper(model, config.optim_wrapper)
    (group,) = wrapper.optimizer.param_groups
    assert len(group['params']) == len(list(model.parameters()))
    assert (group['lr'], group['weight_decay']) == (0.01, 5e-4)


def test_recipes_are_as_the_pages_list_them():
    text = text_of(FOLDER)
    named = set(re.findall(r'\(([\w-]+)\.py\)', text))
    assert set(PAPER) <= named <= set(RECIPES)


@pytest.fixture()
def shown(tmp_path):
    """The configs that the page shows: in one that exists, own videos."""
    text = (FOLDER / 'README.md').read_text(encoding='utf-8')
    configs = []
    for code in re.findall(r'```python\n(.*?)```', text, re.DOTALL):
        if '_base_' in code:
            path = tmp_path / f'config_{len(configs)}.py'
            path.write_text(code)
            configs.append(Config.fromfile(path))
    assert len(configs) == 2
    return configs


def test_the_config_that_one_has_selects_keypoints(shown):
    config = shown[0]
    model = network_of(config)
    assert type(model.backbone).__name__ == 'AKNet'
    # The network of our own recipe, but for the classes.
    facts = FACTS[TSM.format('aknet-tsm', '50e_sthv2')]
    assert macs_of_clip(model, 8, 3, 224) == facts['FLOPs']
    wrapper = build_optim_wrapper(model, config.optim_wrapper)
    rates = {group['lr'] for group in wrapper.optimizer.param_groups}
    assert rates == {config.optim_wrapper.optimizer.lr}


def test_own_videos_as_the_page_says(shown):
    config = shown[1]
    assert config.model.cls_head.num_classes == 5
    assert config.train_dataloader.dataset.ann_file == 'my/train.txt'
    for loader in (config.val_dataloader, config.test_dataloader):
        assert loader.dataset.ann_file == 'my/val.txt'
        assert loader.dataset.type == 'VideoDataset'
    assert config.auto_scale_lr == dict(enable=True, base_batch_size=64)
    assert config.load_from == 'work_dirs/my_tsm/epoch_50.pth'
