"""Recipes of the KPSEM paper, against the public recipe of MFNet."""

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from mmaction.registry import MODELS, TRANSFORMS
from mmengine.config import Config
from mmengine.optim import build_optim_wrapper
from mmengine.registry import PARAM_SCHEDULERS
from torch import nn

ROOT = Path(__file__).resolve().parents[2] / 'configs/recognition/kpsem'
DATA_SETS = {
    'hmdb51': 'mfnet_k400-pre-mfnet_2xb64-16x2x1-40e_hmdb51-split1-rgb.py',
    'ucf101': 'mfnet_k400-pre-mfnet_2xb40-16x2x1-40e_ucf101-split1-rgb.py',
    'minikinetics': 'kpsem_k400-pre-mfnet_2xb32-16x2x1-40e_minikinetics80k-rgb.py',
    'sthv1': 'kpsem_k400-pre-mfnet_2xb32-16x2x1-40e_sthv1-rgb.py',
}


def load(name):
    return Config.fromfile(str(ROOT / DATA_SETS[name]))


def public_input(frames):
    """Test input of MFNet's code: frames side by side, square, centre, scaled.

    Its mean is (124, 117, 104) / 255 and its std 1 / (0.0167 * 255), for values in
    [0, 1].

    Shape:
        - frames: list of T frames (H, W, 3), uint8, RGB.
        - returns: (3, T, 224, 224).
    """
    clip = cv2.resize(np.concatenate(frames, 2), (256, 256))
    start = int(round((256 - 224) / 2))
    clip = clip[start : start + 224, start : start + 224]
    clip = torch.from_numpy(clip.reshape(224, 224, -1, 3).transpose(3, 2, 0, 1)) / 255.0
    for channel, mean in zip(clip, (124, 117, 104)):
        channel.sub_(mean / 255).div_(1 / (0.0167 * 255))
    return clip


@pytest.mark.parametrize('name', DATA_SETS)
@pytest.mark.parametrize('loader', ['val_dataloader', 'test_dataloader'])
def test_inputs_equal_those_of_the_public_code(loader, name):
    """With the short side scaled to 256, the mean difference is 0.15."""
    config = load(name)
    steps = config[loader].dataset.pipeline
    decoder = next(i for i, step in enumerate(steps) if 'Decode' in step.type)
    rng = np.random.RandomState(0)
    shape = (2, 240, 340, 3)
    frames = [cv2.GaussianBlur(x, (9, 9), 3) for x in rng.randint(0, 256, shape, 'u1')]
    results = dict(imgs=list(frames), num_clips=1, clip_len=2, label=0)
    results.update(img_shape=(240, 340), original_shape=(240, 340))
    for step in steps[decoder + 1 :]:
        results = TRANSFORMS.build(step)(results)
    preprocessor = MODELS.build(config.model.data_preprocessor)
    batch = {key: [results[key]] for key in ('inputs', 'data_samples')}
    ours = preprocessor(batch)['inputs'][0, 0]
    assert (ours - public_input(frames)).abs().mean() < 1e-4


@pytest.mark.parametrize('name', DATA_SETS)
def test_training_follows_the_public_recipe(name):
    config = load(name)
    steps = [dict(step) for step in config.train_dataloader.dataset.pipeline]
    types = [step.pop('type') for step in steps]
    start = types.index('RandomSquareResize')
    assert types[start:] == [
        'RandomSquareResize',
        'RandomCrop',
        'Flip',
        'RandomHLS',
        'FormatShape',
        'PackActionInputs',
    ]
    by_type = dict(zip(types, steps))
    sampler = by_type['SampleFramesOrStill']
    assert (sampler['clip_len'], sampler['frame_interval']) == (16, 2)
    # The defaults of both are those of the public recipe.
    assert by_type['RandomSquareResize'] == by_type['RandomHLS'] == {}
    assert by_type['RandomCrop'] == dict(size=224)
    assert by_type['Flip']['flip_ratio'] == 0.5


def test_rates_of_the_first_hundred_steps():
    """Half of 0.005 in 99 steps, with Nesterov; a fifth of it in the backbone."""
    config = load('hmdb51')
    model = nn.Module()
    model.backbone, model.cls_head = nn.Linear(1, 1), nn.Linear(1, 1)
    wrapper = build_optim_wrapper(model, config.optim_wrapper)
    assert all(group['nesterov'] for group in wrapper.param_groups)
    warmup = dict(config.param_scheduler[0], optimizer=wrapper)
    scheduler = PARAM_SCHEDULERS.build(warmup)
    assert not scheduler.by_epoch
    rates = []
    for _ in range(102):
        rates.append(sorted({group['lr'] for group in wrapper.param_groups}))
        wrapper.optimizer.step()
        scheduler.step()
    for i, (backbone, head) in enumerate(rates):
        assert head == pytest.approx(0.0025 if i < 99 else 0.005)
        assert backbone == pytest.approx(head / 5)


def test_r3d_starts_from_the_weights_of_2020():
    """resnet50-0676ba61.pth is torchvision's first ResNet-50 (IMAGENET1K_V1)."""
    for stem in ('r3d', 'kpsem'):
        name = f'{stem}_in1k-pre-r3d50_1xb16-16x2x1-40e_hmdb51-split1-rgb.py'
        config = Config.fromfile(str(ROOT / name))
        assert config.model.backbone.pretrained.endswith('resnet50-0676ba61.pth')
