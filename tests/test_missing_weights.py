"""One error names source, command and alternative of missing weights."""

import argparse
import copy
import re
import shlex
import shutil
from pathlib import Path
from types import SimpleNamespace
from urllib.error import URLError

import pytest
import torch
from mmengine.config import Config, DictAction
from mmengine.runner import load_checkpoint
from mmengine.runner.checkpoint import CheckpointLoader
from torch import nn

from mmvkp.missing_weights import (
    TRAINED,
    MissingWeightsError,
    check_weights,
    conversions,
    describe,
    find_weights,
)
from mmvkp.recognition import shipped_weights
from mmvkp.recognition.recipes import config_folder, find_config, find_recipes

from .cli import check, run
from .recognition.tiny_training import tiny_runner

MFNET = 'kpsem_k400-pre-mfnet_2xb64-16x2x1-40e_hmdb51-split1-rgb'
STAGE1 = 'tsm_slim-r10_1xb16-u8-6e_stick-action-rgb'
STAGE2 = f'aknet-{STAGE1}'
AVA = 'point3d_coco-k400-pre-hg104_8xb2-16x1x1-15e_ava21-rgb'
URL = 'https://download.pytorch.org/models/resnet50-0676ba61.pth'


SAMPLE = {
    *(MFNET, STAGE2, AVA),
    AVA.replace('k400', 'k700'),
    'r3d_in1k-pre-r3d50_1xb16-16x2x1-40e_hmdb51-split1-rgb',
    'tsm_in1k-pre-r50_8xb8-1x1x8-50e_sthv2-rgb',
    'tdn_in1k-pre-r50_8xb8-5x1x8-50e_sthv1-rgb',
    'afnet-tsm-rt40_in1k-pre-af-mbv3_2xb16-1x1x12-55e_sthv1-rgb',
    'point3d_ucf101-24-pre-hg104_8xb2-16x1x1-20e_jhmdb-split1-rgb',
}


@pytest.fixture(
    scope='module', params=['some', pytest.param('all', marks=pytest.mark.slow)]
)
def configs(request):
    """Recipes that start from weights, by name."""
    paths = find_recipes()
    read = {
        name: Config.fromfile(path)
        for name, path in paths.items()
        if request.param == 'all' or name in SAMPLE
    }
    return {name: config for name, config in read.items() if find_weights(config)}


def test_files_in_all_recipes_have_a_converter():
    """Without reading the recipes, which takes a minute."""
    named = {
        name
        for path in config_folder().rglob('*.py')
        for name in re.findall(r"checkpoints/([\w.-]+)[}']", path.read_text())
    }
    assert named == {*conversions(), *TRAINED}


def test_weights_of_recipes_have_a_source_and_a_command(configs):
    assert set(configs) >= SAMPLE
    known = {}
    for config in configs.values():
        known.update(find_weights(config))
    local = {path: changes for path, changes in known.items() if '://' not in path}
    assert len(local) >= 6
    for path, changes in local.items():
        said = describe({path: changes})
        start = said.index('mmvkp ')
        words = shlex.split(
            said[start:].split(' To train')[0].split(',')[0].rstrip('.')
        )
        check(words[1:])
        if words[1] == 'train':
            assert Path(find_config(words[2])).stem == words[2]
        else:
            assert words[1] == 'weights' and words[-1] == path
            assert said.count(words[3]) == 2, said  # the source and the command


def test_the_named_options_remove_the_weights(configs):
    parser = argparse.ArgumentParser()
    parser.add_argument('--cfg-options', nargs='+', action=DictAction)
    for name, config in configs.items():
        config = copy.deepcopy(config)
        said = describe(find_weights(config))
        options = [each.split(';')[0] for each in said.split('--cfg-options ')[1:]]
        for each in options:
            words = ['--cfg-options', *each.split()]
            config.merge_from_dict(parser.parse_args(words).cfg_options)
        assert not find_weights(config), name
        assert not config.model.backbone.get('pretrained2d'), name


def test_the_command_lists_weights_and_data_together(tmp_path, monkeypatch, capsys):
    """The recipe has `DataCheckHook`; without it only the weights are named."""
    monkeypatch.chdir(tmp_path)
    weights = (
        'missing weights: checkpoints/mfnet_k400.pth does not '
        f'exist in {tmp_path}: convert MFNet3D_Kinetics-400_72.8.pth of '
        'https://github.com/cypw/PyTorch-MFNet with mmvkp weights mfnet '
        'MFNet3D_Kinetics-400_72.8.pth checkpoints/mfnet_k400.pth. To train without '
        'it: --cfg-options model.backbone.init_cfg=None'
    )
    assert run('train', MFNET) == 1
    said = capsys.readouterr().err
    assert f'mmvkp train: error: 4 problem(s) before the run: {weights} ' in said
    for stage in ('train', 'val', 'test'):
        assert f' {stage}_dataloader: FileNotFoundError: ' in said
    assert run('train', MFNET, '--cfg-options', 'custom_hooks=[]') == 1
    assert capsys.readouterr().err.splitlines()[-1] == f'mmvkp train: error: {weights}'


def test_the_runner_lists_all_missing_files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    config = Config.fromfile(find_config(AVA))
    runner = SimpleNamespace(
        **dict(cfg=config, hooks=[], _load_from=config.load_from),
        **dict(_has_loaded=False, _resume=False),
    )
    with pytest.raises(MissingWeightsError) as error:
        check_weights(runner)
    assert error.value.names == [
        'checkpoints/resnext101_k400.pth',
        'checkpoints/hourglass104.pth',
    ]
    assert 'model.clip_backbone.init_cfg=None; ' in str(error.value)
    # A resumed training does not read load_from.
    runner._resume = True
    with pytest.raises(MissingWeightsError) as error:
        check_weights(runner)
    assert error.value.names == ['checkpoints/resnext101_k400.pth']


def test_any_runner_names_the_first_stage(tmp_path):
    path = f'work_dirs/{STAGE1}/epoch_6.pth'
    runner = tiny_runner(tmp_path, load_from=path)
    with pytest.raises(FileNotFoundError) as error:
        runner.train()
    # No data set was built.
    assert isinstance(runner._train_dataloader, dict)
    assert f'Run mmvkp train {STAGE1}.' in str(error.value)
    assert str(error.value).endswith('--cfg-options load_from=None')


def test_a_failed_download_is_explained(tmp_path, monkeypatch):
    def fail(name, *args):
        raise URLError('no network')

    fail.__name__ = 'load_from_http'
    monkeypatch.setitem(CheckpointLoader._schemes, 'https://', fail)
    monkeypatch.setenv('TORCH_HOME', str(tmp_path / 'torch'))
    runner = tiny_runner(tmp_path, load_from=URL)
    with pytest.raises(MissingWeightsError) as error:
        runner.train()
    assert str(error.value) == (
        f'missing weights: {URL} cannot be downloaded (<urlopen error no network>): '
        f'download it on another machine and copy it to {tmp_path}/torch/hub/'
        'checkpoints. To train without it: --cfg-options load_from=None'
    )
    assert isinstance(error.value.__cause__, URLError)


@pytest.mark.parametrize(
    'name, message',
    [
        ('gone.pth', 'gone.pth does not exist in .*: correct the path; no command'),
        ('a/hourglass104.pth', r'mmvkp weights hourglass ctdet_coco_hg\.pth a/hourg'),
        ('point3d_ucf101-24.pth', 'mmvkp train point3d_coco.*, then copy its best'),
    ],
)
def test_other_ways_to_load(name, message):
    with pytest.raises(MissingWeightsError, match=message):
        load_checkpoint(nn.Linear(1, 1), name)


def test_weights_that_exist_are_loaded(tmp_path):
    path = str(tmp_path / 'a.pth')
    torch.save(nn.Linear(1, 1).state_dict(), path)
    given = load_checkpoint(nn.Linear(1, 1), path)
    assert set(given) == {'weight', 'bias'}
    (tmp_path / 'b.pth').write_bytes(b'no weights')
    with pytest.raises(Exception) as error:
        load_checkpoint(nn.Linear(1, 1), str(tmp_path / 'b.pth'))
    assert not isinstance(error.value, MissingWeightsError)


@pytest.mark.parametrize('fault', ['unknown', 'damaged'])
def test_shipped_weights_are_named_in_one_line(tmp_path, monkeypatch, capsys, fault):
    monkeypatch.chdir(tmp_path)
    name, *_ = shipped_weights.shipped_weights()
    message = 'mmvkp has no weights with this name'
    if fault == 'unknown':
        name = 'no-such'
    else:
        shutil.copytree(shipped_weights.FOLDER, 'weights')
        monkeypatch.setattr(shipped_weights, 'FOLDER', Path('weights'))
        Path(f'weights/{name}.pth').write_bytes(b'PK')
        message = f'{name}.pth is damaged; its SHA-256 is'
    with pytest.raises(MissingWeightsError, match=f'missing weights: .*{message}'):
        CheckpointLoader.load_checkpoint(f'mmvkp://{name}')
