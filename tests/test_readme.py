"""What the front page and the methods' pages tell to do works."""

import ast
import json
import re
from pathlib import Path

import pytest
import torch
from mmaction.registry import DATASETS, METRICS, MODELS
from mmengine.config import Config
from mmengine.optim import build_optim_wrapper

from mmvkp.stick_action import make_dataset, make_settings

from .meta_networks import network

ROOT = Path(__file__).resolve().parents[1]
POINT3D = ROOT / 'configs/detection/point3d/README.md'
PAGES = [
    ROOT / 'README.md',
    ROOT / 'CONTRIBUTING.md',
    *sorted((ROOT / 'configs').rglob('*.md')),
]


def python_blocks(page, word='_base_'):
    """Configs that a page shows and that hold a word."""
    text = page.read_text(encoding='utf-8')
    blocks = re.findall(r'```python\n(.*?)```', text, re.DOTALL)
    return [each for each in blocks if word in each]


def load(code, folder):
    """A config as its reader has it: at the top of a checkout."""
    path = folder / 'my_config.py'
    path.write_text(code.replace("'configs/", f"'{ROOT}/configs/"))
    return Config.fromfile(path)


def test_the_config_on_the_front_page_classifies(tmp_path):
    (code,) = python_blocks(ROOT / 'README.md')
    config = load(code, tmp_path)
    # The weights are on the network.
    config.model.backbone.pretrained = None
    config.model.backbone.pretrained2d = False
    model = MODELS.build(config.model).eval()
    with torch.no_grad():
        scores = model(torch.rand(1, 2, 3, 4, 64, 64), stage='head')
    assert scores.shape == (2, 400)


def test_the_tubes_on_the_front_page_are_read(tmp_path):
    """With StickAction, whose layout is that of UCF101-24."""
    make_dataset(tmp_path / 'data', make_settings('tiny', 'untrimmed'))
    (code,) = python_blocks(ROOT / 'README.md', 'TubeDataset')
    config = load(code, tmp_path)
    annotations = str(tmp_path / 'data/StickAction-GT.pkl')
    dataset = config.train_dataloader.dataset
    assert dataset.pop('ann_file') == config.val_evaluator.pop('ann_file')
    dataset.update(
        ann_file=annotations,
        data_prefix=dict(img=str(tmp_path / 'data/Frames')),
        filename_tmpl='{:05}.png',
        clip_len=4,
    )
    item = DATASETS.build(dataset)[0]
    assert item['inputs'].shape == (3, 4, 256, 256)
    assert item['data_samples'].gt_instances.bboxes.shape[1:] == (4, 4)
    METRICS.build(dict(config.val_evaluator, ann_file=annotations))


def test_own_videos_as_the_page_of_kpsem_says(tmp_path):
    (code,) = python_blocks(ROOT / 'configs/recognition/kpsem/README.md')
    config = load(code, tmp_path)
    assert config.model.cls_head.num_classes == 5
    assert config.train_dataloader.dataset.ann_file == 'my/train.txt'
    for loader in (config.val_dataloader, config.test_dataloader):
        assert loader.dataset.ann_file == 'my/val.txt'
        assert loader.dataset.data_prefix == dict(video='my/videos')
    # The tests of a recipe keep their own sampling.
    clips = [
        each.dataset.pipeline[1].num_clips
        for each in (config.val_dataloader, config.test_dataloader)
    ]
    assert clips == [1, 10]
    assert config.auto_scale_lr == dict(enable=True, base_batch_size=128)
    MODELS.build(config.model)


def changed_point3d():
    """The config of Point3D's page, and its recipe with each single change."""
    (config,) = python_blocks(POINT3D)
    (changes,) = python_blocks(POINT3D, 'X3D')
    recipe = re.search(r"_base_ = '(.*)'", config)[1]
    yield lambda folder: load(config, folder)
    for node in ast.parse(changes).body:
        code = ast.unparse(node)
        yield lambda folder, code=code: load(
            f"_base_ = '{recipe}'\nmodel = {code}\n", folder
        )


@pytest.mark.parametrize('read', changed_point3d())
def test_parts_of_point3d_can_be_exchanged(read, tmp_path):
    model = network(json.dumps(read(tmp_path).model.to_dict()))
    clip = torch.empty(1, 3, 16, 128, 128, device='meta')
    out, scores = model(clip)
    assert out['center_heatmap'].shape[2:] == (32, 32)
    by_clip = model.cls_head is not None and model.cls_head.cls_mode == 'clip'
    assert (scores is not None) == by_clip
    if model.cls_head is not None:
        mixed = torch.empty(1, 128, 16, 32, 32, device='meta')
        feature = model.clip_backbone(mixed)
        assert feature.shape[1] == model.cls_head.in_channels


def test_two_optimisers_for_any_model(tmp_path):
    (code,) = python_blocks(POINT3D, 'PartOptimWrapperConstructor')
    recipe = (
        'mmaction::recognition/tsn/'
        'tsn_imagenet-pretrained-r50_8xb32-1x1x3-100e_kinetics400-rgb.py'
    )
    config = load(f"_base_ = '{recipe}'\n{code}", tmp_path)
    model = network(json.dumps(config.model.to_dict()))
    wrapper = build_optim_wrapper(model, config.optim_wrapper)
    assert wrapper.get_lr() == {'points.lr': [5e-4], 'cls.lr': [1e-3]}


@pytest.mark.parametrize(
    'page', PAGES, ids=lambda path: path.relative_to(ROOT).as_posix()
)
def test_linked_and_named_files_exist(page):
    text = page.read_text(encoding='utf-8')
    for target in re.findall(r'\]\(([^)#:]+)(?:#[^)]*)?\)', text):
        assert (page.parent / target).exists(), target
    for script in re.findall(r'(?:bash|python) (tools/\S+\.(?:sh|py))', text):
        assert (ROOT / script).is_file(), script
    for name in re.findall(r'mim (?:train|test) mmvkp (\S+\.py)', text):
        assert list((ROOT / 'configs').rglob(name)), name
