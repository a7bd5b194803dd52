"""Recipes: inheritance, names, parameters and steps.

Steps of the detectors: point3d/test_recipes.py.
"""

import ast
import copy
import functools
import json
import re
from pathlib import Path

import pytest
import torch
from mmaction.registry import DATASETS, MODELS
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.optim import OptimWrapper

from mmvkp.missing_weights import find_weights
from mmvkp.recognition.complexity import count_parameters

from .afnet.af_counts import af_parameters
from .aknet.aknet_counts import aknet_parameters, auxiliary_parameters, vit_parameters
from .data_layouts import write_all
from .kpsem.kpsem_counts import kpsem_recipe_parameters
from .meta_networks import network
from .recipe_names import NAME
from .small_configs import LOADERS, shrink

ROOT = Path(__file__).resolve().parents[1]
BASES = ROOT / 'configs/_base_'
ALL = sorted(
    path.relative_to(ROOT).as_posix()
    for path in (ROOT / 'configs').glob('[!_]*/*/*.py')
)
RECIPES = [each for each in ALL if each.startswith('configs/recognition')]
STICK_ACTION = [each for each in RECIPES if 'stick-action' in each]
AFNET = [each for each in RECIPES if '/afnet/' in each]
AKVIT = [each for each in RECIPES if '/akvit/' in each]
AKNET = [each for each in RECIPES if '/aknet/' in each]
BASE_MODELS = sorted(
    path
    for path in (BASES / 'models').glob('*.py')
    if not path.stem.startswith('point3d')
)
CLASSES = {
    'stick-action': 12,
    'minikinetics80k': 200,
    'minikinetics121k': 200,
    'sthv1': 174,
    'sthv2': 174,
    'jester': 27,
    'kinetics400': 400,
    'activitynet': 200,
    'diving48': 48,
    'in1k': 1000,
    **{f'ucf101-split{i}': 101 for i in (1, 2, 3)},
    **{f'hmdb51-split{i}': 51 for i in (1, 2, 3)},
}
HMDB51 = 'configs/recognition/kpsem/{}_1xb16-16x2x1-40e_hmdb51-split1-rgb.py'


def bases_of(path):
    """Paths in the `_base_` of a config; those of other packages are left out."""
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.Assign) and node.targets[0].id == '_base_':
            names = ast.literal_eval(node.value)
            names = [names] if isinstance(names, str) else names
            return [
                (path.parent / each).resolve() for each in names if '::' not in each
            ]
    return []


def chain_of(path):
    """Files on the longest path through `_base_`, the config included."""
    return 1 + max(map(chain_of, bases_of(path)), default=0)


# Children of one recipe, not of four bases.
CHILDREN = [each for each in ALL if len(bases_of(ROOT / each)) == 1]


def own_lines(path):
    """Lines of a config without comments, blank lines and its `_base_`."""
    tree = ast.parse(path.read_text())
    settings = [each for each in tree.body if each.targets[0].id != '_base_']
    inside = {
        number
        for each in settings
        for number in range(each.lineno, each.end_lineno + 1)
    }
    lines = path.read_text().splitlines()
    code = [lines[number - 1].strip() for number in inside]
    return [each for each in code if each and not each.startswith('#')]


@pytest.fixture(scope='module')
def data(tmp_path_factory):
    """A folder with a few videos of every data set, below `data`."""
    folder = tmp_path_factory.mktemp('data_sets')
    write_all(folder)
    return folder


@pytest.fixture(autouse=True)
def default_data_root(monkeypatch):
    monkeypatch.delenv('MMVKP_STICK_ACTION', raising=False)


@functools.cache
def read(recipe):
    return Config.fromfile(ROOT / recipe)


def load(recipe):
    return copy.deepcopy(read(recipe))


def dataset_of(recipe):
    return NAME.fullmatch(Path(recipe).stem)['dataset']


def parameters_by_hand(recipe, config):
    if recipe in AFNET:
        return af_parameters(config.model)
    if recipe in AKNET:
        head = config.model.cls_head
        return aknet_parameters(config.model) + (
            auxiliary_parameters(head) if head.type == 'AKHead' else 0
        )
    if recipe in AKVIT:
        return vit_parameters(config.model)
    backbone = Path(recipe).stem.split('_')[1].split('-')[-1]
    return kpsem_recipe_parameters(
        backbone, config.model, config.clip_len, CLASSES[dataset_of(recipe)]
    )


def test_there_are_recipes():
    assert len(ALL) >= 170 and len(RECIPES) >= 145 and len(BASE_MODELS) >= 6
    assert len(STICK_ACTION) >= 15 and len(AFNET) >= 60
    assert len(AKNET) >= 30 and len(CHILDREN) >= 85


@pytest.mark.parametrize('recipe', ALL)
def test_inheritance(recipe):
    """Four bases, or a child of such a recipe with few changes of its own."""
    path = ROOT / recipe
    assert chain_of(path) <= 3
    if recipe in CHILDREN:
        assert len(bases_of(bases_of(path)[0])) >= 3
        assert len(own_lines(path)) <= 15
    else:
        folders = [
            each if '::' in each else each.split('_base_/')[1].split('/')[0]
            for each in ast.literal_eval(
                re.search(r'^_base_ = (\[.*?\])', path.read_text(), re.M | re.S)[1]
            )
        ]
        assert len(folders) == 4
        assert folders[0].endswith('_runtime.py')
        assert folders[1] == 'models' or folders[1].startswith('mmaction::')
        assert folders[2:] == ['datasets', 'schedules']


def test_every_base_is_used():
    used = set()
    waiting = [ROOT / each for each in ALL]
    while waiting:
        found = bases_of(waiting.pop())
        waiting += found
        used |= set(found)
    assert set(BASES.rglob('*.py')) - used == set()


@pytest.mark.parametrize('recipe', RECIPES)
def test_name_agrees_with_content(recipe):
    found = NAME.fullmatch(Path(recipe).stem)
    assert found, 'the name does not follow the grammar'
    config = load(recipe)
    batch, epochs = int(found['batch']), int(found['epochs'])
    assert config.train_dataloader.batch_size == batch
    assert config.train_cfg.max_epochs == epochs
    assert config.auto_scale_lr.base_batch_size == batch * int(found['gpus'])
    by_epoch = [each for each in config.param_scheduler if each.get('by_epoch', True)]
    assert max(each.end for each in by_epoch) == epochs
    assert config.model.cls_head.num_classes == CLASSES[found['dataset']]
    samplers = [
        each
        for each in config.train_dataloader.dataset.pipeline
        if each.type
        in (
            'SampleFrames',
            'SampleFramesOrStill',
            'SampleSegmentFrames',
            'UniformSample',
        )
    ]
    if found['dataset'] == 'in1k':
        # An image is one frame of one clip.
        assert not samplers and config.num_segments == 1
        assert (found['clip'], found['interval'], found['clips']) == ('1',) * 3
        return
    assert len(samplers) == 1
    if found['uniform']:
        # Frames, or segments of TDN, spread over the whole video.
        sampler = samplers[0]
        length = {'UniformSample': 'clip_len', 'SampleSegmentFrames': 'num_clips'}[
            sampler.type
        ]
        assert sampler[length] == int(found['uniform'])
    else:
        assert [
            samplers[0].clip_len,
            samplers[0].frame_interval,
            samplers[0].num_clips,
        ] == [int(found[key]) for key in ('clip', 'interval', 'clips')]
    split = re.search(r'split(\d)', found['dataset'])
    for loader in LOADERS:
        path = config[loader].dataset.ann_file
        assert found['dataset'].split('-')[0] in path.lower().replace('_', '-')
        assert not split or f'split_{split[1]}_' in path


@pytest.mark.parametrize('recipe', STICK_ACTION)
def test_no_pipeline_flips(recipe):
    """Flipping swaps classes of StickAction."""
    config = load(recipe)
    for loader in LOADERS:
        types = [each.type for each in config[loader].dataset.pipeline]
        assert 'Flip' not in types


@pytest.mark.parametrize('recipe', [each for each in RECIPES if '_sthv' in each])
def test_flipping_swaps_left_and_right_of_something(recipe):
    flips = [
        step
        for step in load(recipe).train_dataloader.dataset.pipeline
        if step.type == 'Flip'
    ]
    if recipe in AFNET + AKNET:  # AFNet's paper, section 4; AK-Net's, IV-A
        assert not flips
        return
    assert len(flips) == 1
    pairs = flips[0].flip_label_map
    assert pairs and all(pairs[pairs[label]] == label for label in pairs)


@pytest.mark.parametrize('recipe', RECIPES)
def test_parameters(recipe):
    """Builds every model on the meta device."""
    config = load(recipe)
    built = network(json.dumps(config.model.to_dict()))
    assert count_parameters(built) == parameters_by_hand(recipe, config)


def family(recipe):
    """Methods and networks of a recipe, from its name: reading all takes 10 s."""
    method, *_, backbone = Path(recipe).stem.split('xb')[0].split('_')[:-1]
    methods = re.findall('kpsem|afnet|aknet|mfnet|r3d|tsm|tsn|tdn', method)
    return '-'.join([*methods, re.sub(r'.*-pre-', '', backbone)])


def variant(recipe):
    """Name of a recipe without its numbers."""
    return re.sub(r'\d+', '', Path(recipe).stem)


def first_of_each(recipes, *keys):
    """Recipes with a key that no earlier one has."""
    seen, chosen = set(), []
    for recipe in recipes:
        new = {key(recipe) for key in keys} - seen
        seen |= new
        if new:
            chosen.append(recipe)
    return chosen


def recipes_to_step():
    """One recipe per family and data set; all others in the second tier."""
    first = first_of_each(RECIPES, family, lambda each: dataset_of(each).split('-')[0])
    variants = first_of_each(AFNET, variant)
    return first + [
        pytest.param(each, marks=pytest.mark.slow)
        for each in RECIPES
        if each not in first and (each not in AFNET or each in variants)
    ]


@pytest.mark.parametrize('recipe', recipes_to_step())
def test_one_train_and_one_test_step(recipe, data, monkeypatch):
    monkeypatch.chdir(data)
    config = shrink(load(recipe))
    torch.manual_seed(0)
    model = MODELS.build(config.model)
    dataset = DATASETS.build(config.train_dataloader.dataset)
    batch = pseudo_collate([dataset[i] for i in range(2)])
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-3)
    losses = model.train_step(batch, OptimWrapper(optimizer))
    assert losses['loss'].isfinite()
    model.eval()
    dataset = DATASETS.build(config.test_dataloader.dataset)
    result = model.test_step(pseudo_collate([dataset[0]]))[0]
    assert result.pred_score.shape == (CLASSES[dataset_of(recipe)],)
    torch.testing.assert_close(result.pred_score.sum(), torch.tensor(1.0))


@pytest.mark.parametrize(
    'variant, changed',
    [
        ('kpsem-k1', {'num_regions': 1}),
        ('kpsem-k9', {'num_regions': 9}),
        ('kpsem-k16', {'num_regions': 16}),
        ('kpsem-g1', {'num_sets': 1}),
        ('kpsem-g2', {'num_sets': 2}),
        ('kpsem-g4', {'num_sets': 4}),
        ('kpsem-g16', {'num_sets': 16}),
        ('kpsem-de12', {'embed_dims': 12}),
        ('kpsem-de48', {'embed_dims': 48}),
        ('kpsem-de96', {'embed_dims': 96}),
        ('kpsem-fixed', {'adaptive': False}),
    ],
)
def test_an_ablation_changes_one_key(variant, changed):
    full = load(HMDB51.format('kpsem_k400-pre-mfnet'))
    ablation = load(HMDB51.format(f'{variant}_k400-pre-mfnet'))
    neck = {**full.model.neck, **changed}
    assert ablation.model.neck.to_dict() == neck
    for each in (full, ablation):
        each.model.pop('neck')
    assert ablation.to_dict() == full.to_dict()


@pytest.mark.parametrize(
    'place, channels, stage', [('conv2', 96, 0), ('conv3', 192, 1), ('conv5', 768, 3)]
)
def test_the_position_of_the_key_points(place, channels, stage):
    config = load(HMDB51.format(f'kpsem-{place}_k400-pre-mfnet'))
    neck, indices = config.model.neck, config.model.backbone.out_indices
    assert neck.in_channels == channels
    assert indices[neck.get('temporal_index', -2)] == stage
    assert indices[neck.get('spatial_index', -1)] == 3


def kpsem_taken_out(config, width):
    """The model without the neck and with the baseline's head."""
    model = config.model.to_dict()
    assert model.pop('neck')['type'] == 'KPSEM'
    model['backbone']['out_indices'] = model['backbone']['out_indices'][-1:]
    model['cls_head']['in_channels'] = width
    return model


@pytest.mark.parametrize(
    'method, baseline, width',
    [
        (
            'kpsem_r3d10_1xb16-u8-6e_stick-action-rgb',
            'r3d_r3d10_1xb16-u8-6e_stick-action-rgb',
            64,
        ),
        (
            'kpsem_mfnet10_1xb16-u8-6e_stick-action-rgb',
            'mfnet_mfnet10_1xb16-u8-6e_stick-action-rgb',
            64,
        ),
        (
            'kpsem_k400-pre-mfnet_2xb32-16x2x1-40e_minikinetics80k-rgb',
            'mfnet_k400-pre-mfnet_2xb32-16x2x1-40e_minikinetics80k-rgb',
            768,
        ),
        (
            'kpsem_k400-pre-mfnet_2xb32-16x2x1-40e_sthv1-rgb',
            'mfnet_k400-pre-mfnet_2xb32-16x2x1-40e_sthv1-rgb',
            768,
        ),
        (
            'kpsem_k400-pre-mfnet_2xb40-16x2x1-40e_ucf101-split2-rgb',
            'mfnet_k400-pre-mfnet_2xb40-16x2x1-40e_ucf101-split2-rgb',
            768,
        ),
        (
            'kpsem_k400-pre-mfnet_2xb64-16x2x1-40e_hmdb51-split3-rgb',
            'mfnet_k400-pre-mfnet_2xb64-16x2x1-40e_hmdb51-split3-rgb',
            768,
        ),
        (
            'kpsem_in1k-pre-r3d50_1xb16-16x2x1-40e_hmdb51-split1-rgb',
            'r3d_in1k-pre-r3d50_1xb16-16x2x1-40e_hmdb51-split1-rgb',
            2048,
        ),
    ],
)
def test_method_and_baseline_differ_in_the_neck_alone(method, baseline, width):
    """The two recipes differ in KPSEM only."""
    method, baseline = (
        load(f'configs/recognition/kpsem/{each}.py') for each in (method, baseline)
    )
    assert kpsem_taken_out(method, width) == baseline.model.to_dict()
    for each in (method, baseline):
        each.pop('model')
        for key in ('num_regions', 'num_sets', 'embed_dims'):
            each.pop(key, None)
    assert method.to_dict() == baseline.to_dict()


@pytest.mark.parametrize('recipe', ALL)
def test_videos_are_read_by_the_decoder_of_all_tools(recipe):
    config = load(recipe)
    for loader in LOADERS:
        dataset = config.get(loader, {}).get('dataset', {})
        names = [each.type for each in dataset.get('pipeline', [])]
        readers = [x for x in names if re.search('(Init|Decode)$', x)]
        upright = ['UprightVideoInit', 'UprightVideoDecode']
        assert readers in (upright, ['RawFrameDecode'], ['ImageDecode'], []), (
            loader,
            readers,
        )


def test_the_control_differs_in_the_order_of_frames_alone():
    kpsem, shuffled = (
        load(f'configs/recognition/kpsem/{name}_r3d10_1xb16-u8-6e_stick-action-rgb.py')
        for name in ('kpsem', 'kpsem-shuffled')
    )
    assert shuffled.model == kpsem.model
    for loader in LOADERS:
        plain = [each.type for each in kpsem[loader].dataset.pipeline]
        mixed = [each.type for each in shuffled[loader].dataset.pipeline]
        assert mixed.index('ShuffleFrames') < mixed.index('UprightVideoDecode')
        assert [each for each in mixed if each != 'ShuffleFrames'] == plain


@pytest.mark.parametrize('path', BASE_MODELS, ids=lambda path: path.stem)
def test_base_models_classify(path):
    """Small inputs; the counts at full size are tested elsewhere."""
    config = Config.fromfile(path)
    host = config.model.backbone.get('base', config.model.backbone)
    host.pop('pretrained', None)
    model = MODELS.build(config.model).eval()
    if config.model.type == 'Recognizer2D':
        channels = len(config.model.data_preprocessor.mean)
        clip = torch.rand(1, host.num_segments, channels, 64, 64)
    else:
        small = ('r3d10', 'mfnet10', 'vit_d4', 'akvit_d4')
        frames = 8 if path.stem in small else 16
        clip = torch.rand(1, 1, 3, frames, 64, 64)
    with torch.no_grad():
        scores = model(clip, stage='head')
    assert scores.shape == (1, config.num_classes)


def test_no_weights_need_torchvision():
    """MMEngine loads a URL by itself; `torchvision://` needs a package."""
    found = [
        path
        for path in (ROOT / 'configs').rglob('*')
        if path.suffix in ('.py', '.md') and 'torchvision://' in path.read_text()
    ]
    # With the bases of the host.
    found += [
        path
        for path in (BASES / 'models').glob('*.py')
        if any('torchvision://' in each for each in find_weights(load(path)))
    ]
    assert not found
