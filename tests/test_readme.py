"""Code, commands and links of the README files work."""

import ast
import json
import re
import shlex
from pathlib import Path

import pytest
import torch
from mmaction.registry import DATASETS, METRICS, MODELS
from mmengine.config import Config
from mmengine.optim import build_optim_wrapper

from .bright_dot import dot_config, write_dot, write_model
from .cli import HERE, check, lines_of, run
from .meta_networks import network

ROOT = Path(__file__).resolve().parents[1]
POINT3D = ROOT / 'configs/detection/point3d/README.md'
PAGES = [
    ROOT / 'README.md',
    ROOT / 'CONTRIBUTING.md',
    ROOT / 'tools/README.md',
    *sorted((ROOT / 'configs').rglob('*.md')),
    *sorted((ROOT / 'docs').glob('*.md')),
    *sorted((ROOT / 'docs/results').glob('*.md')),
    *sorted((ROOT / 'docs/tutorials').glob('*.md')),
]
# Pages whose commands and Python code run in their order. Tests of other files run
# those on own videos.
TUTORIALS = [
    ROOT / 'docs/get_started.md',
    *sorted((ROOT / 'docs/tutorials').glob('*.md')),
]


# Command lines of the front page.
PAGE = lines_of((ROOT / 'README.md').read_text(encoding='utf-8'))


def python_blocks(page, word='_base_'):
    """Configs on a page that contain a word."""
    text = page.read_text(encoding='utf-8')
    blocks = re.findall(r'```python\n(.*?)```', text, re.DOTALL)
    return [each for each in blocks if word in each]


def load(code, folder):
    """A config in a folder without a checkout."""
    path = folder / 'my_config.py'
    path.write_text(code)
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
    """With StickAction, which has the layout of UCF101-24."""
    make = 'mmvkp data stick-action data/small_tubes --variant untrimmed --size tiny'
    words = PAGE[PAGE.index(make.split())]
    words = [tmp_path / 'data' if '/' in each else each for each in words[1:]]
    assert run(*words, '--workers', 1) == 0
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


def tiny_config():
    """A recognizer with KPSEM for the folder `my` of the front page."""
    config = dot_config()
    data = config.test_dataloader.dataset
    data.pipeline[1].num_clips = 1
    data.data_prefix = dict(video='my/videos')
    loader = dict(batch_size=2, num_workers=0, persistent_workers=False)
    config.update(
        train_dataloader=dict(
            **loader,
            sampler=dict(type='DefaultSampler', shuffle=True),
            dataset=dict(data, ann_file='my/videos/train.txt'),
        ),
        test_dataloader=dict(
            **loader,
            sampler=dict(type='DefaultSampler', shuffle=False),
            dataset=dict(data, ann_file='my/videos/test.txt', test_mode=True),
        ),
        train_cfg=dict(type='EpochBasedTrainLoop', max_epochs=6),
        test_cfg=dict(type='TestLoop'),
        test_evaluator=dict(type='AccMetric'),
        optim_wrapper=dict(optimizer=dict(type='SGD', lr=0.01)),
        custom_hooks=[dict(type='ClassNamesHook')],
    )
    return config


def test_the_commands_for_own_videos_run(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for left, name in enumerate(('jump', 'run', 'walk')):
        (tmp_path / 'my/videos' / name).mkdir(parents=True)
        for i in range(3):
            # Copies of one video would stay in one part of the data.
            place = (8 * left, 8 * i)
            write_dot(tmp_path / f'my/videos/{name}/{i}.mp4', (32, 32), place, 8)
    for name in ('a.mp4', 'b.mp4'):
        write_dot(tmp_path / name, (32, 32), (4, 4), 8)
    start = PAGE.index('mmvkp data make-list my/videos'.split())
    for words in PAGE[start : start + 6]:
        assert run(*words[1:]) == 0, words
        if 'make-config' in words:
            # In place of the written config, which trains for minutes.
            tiny_config().dump('my_config.py')
    said = capsys.readouterr().out
    assert 'train.txt: 3 videos of 3 classes' in said and 'acc/top1' in said
    assert re.search(r'a\.mp4: (jump|run|walk) [\d.]+ %', said)
    assert (tmp_path / 'scores.pkl').is_file() and (tmp_path / 'a.png').is_file()
    # Elsewhere, without the data, the checkpoint has the names.
    (names,) = tmp_path.rglob('classes.txt')
    names.unlink()
    (words,) = (each for each in PAGE[start : start + 6] if each[1] == 'predict')
    assert run(*words[1:]) == 0
    assert re.search(r'a\.mp4: (jump|run|walk) [\d.]+ %', capsys.readouterr().out)


def test_predictions_in_three_lines(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (code,) = python_blocks(ROOT / 'README.md', 'Inferencer(')
    assert len(code.split('\n\n')[1].splitlines()) == 2
    (tmp_path / 'my/videos').mkdir(parents=True)
    write_dot('my/videos/a.mp4', (32, 32), (4, 4), 8)
    config, checkpoint = write_model(tmp_path, dot_config())
    (tmp_path / 'my_config.py').symlink_to(config)
    (tmp_path / 'epoch_6.pth').symlink_to(checkpoint)
    exec(code, {})
    assert re.match(r"my/videos/a.mp4 \[\('class [012]', 0\.", capsys.readouterr().out)


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


@pytest.mark.parametrize(
    'page', PAGES, ids=lambda path: path.relative_to(ROOT).as_posix()
)
def test_python_code_of_a_page(page, tmp_path):
    """Configs load and build by names; imported names exist."""
    for code in python_blocks(page, ''):
        tree = ast.parse(code)
        # Others inherit from a file of their page.
        if re.search("'mm.*::", code):
            config = load(code, tmp_path)
            assert network(json.dumps(config.model.to_dict()))
        for node in tree.body:
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                exec(ast.unparse(node), {})


def test_commands_of_tasks_by_name():
    """Those of mmvkp parse with a recipe; those of mim name it as mim expects."""
    text = (ROOT / 'tools/README.md').read_text(encoding='utf-8')
    rows = re.findall(r'^\| ([^|]+) \| (`.*`) \| (.+) \|$', text, re.M)
    tasks = [each for each in rows if not each[0].startswith('`')]
    assert len(tasks) > 20
    for _, cell, _ in tasks:
        for words in map(shlex.split, re.findall(r'`(m(?:mvkp|im) [^`]*)`', cell)):
            if words[0] == 'mmvkp':
                check(words[1:])
            else:
                assert 'mmvkp' in words or 'mmaction' in words


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
        assert name == 'NAME.py' or list((ROOT / 'configs').rglob(name)), name


@pytest.mark.parametrize(
    'page', PAGES, ids=lambda path: path.relative_to(ROOT).as_posix()
)
def test_commands_have_the_options_that_a_page_shows(page):
    """Files are not needed; unknown commands and options fail."""
    text = page.read_text(encoding='utf-8')
    assert not re.search(r'python tools/(?!train|test)', text)
    for words in lines_of(text):
        if words[0] == 'mmvkp':
            check(words[1:])


def run_block(code):
    """Run a block of Python, or write it if its first line names its file."""
    name = re.match(r'# (\S+\.py)\n', code)
    if name:
        Path(name[1]).write_text(code)
    else:
        exec(code, {})


def run_line(words):
    """Run a command of mmvkp; trainings and tests read the data in this process."""
    if words[0] != 'mmvkp':
        return
    if words[1] in ('train', 'test'):
        words = [
            *words,
            *([] if '--cfg-options' in words else ['--cfg-options']),
            *HERE,
        ]
    assert run(*words[1:]) == 0, words


@pytest.mark.slow
@pytest.mark.parametrize('page', TUTORIALS, ids=lambda path: path.stem)
def test_tutorials_run(page, tmp_path, monkeypatch):
    """Every block of a tutorial, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r'(```(\w+)\n(.*?)```)', page.read_text(), re.DOTALL)
    assert blocks
    for block, language, code in blocks:
        if language == 'python':
            run_block(code)
        for words in lines_of(block):
            run_line(words)
    made = {each.suffix for each in tmp_path.glob('*')}
    assert made & {'.png', '.json'}  # a figure or tubes
