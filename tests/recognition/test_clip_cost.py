"""Costs of clips, against counts by hand and at full size in a real pass."""

from pathlib import Path

import pytest
import torch
from mmaction.registry import MODELS
from mmengine.config import Config

from mmvkp.recognition.clip_cost import (
    clip_cost,
    clip_macs,
    cost_key,
    input_size,
    weightless,
)
from mmvkp.recognition.complexity import count_macs, count_parameters

ROOT = Path(__file__).resolve().parents[2]


def model_of(name):
    return Config.fromfile(ROOT / f'configs/_base_/models/{name}.py').model


def test_weightless():
    built = weightless(model_of('kpsem_mfnet'))
    tensors = [*built.parameters(), *built.buffers()]
    assert {each.device.type for each in tensors} == {'meta'}
    assert not built.training


def test_macs_of_a_linear_layer():
    with torch.device('meta'):
        layer = torch.nn.Linear(3, 5)
    assert clip_macs(layer, (2, 3)) == 2 * 3 * 5


@pytest.mark.parametrize(
    'name, shape', [('r3d10', (1, 1, 3, 8, 64, 64)), ('tsn_r10', (1, 8, 3, 64, 64))]
)
def test_cost_equals_that_of_a_real_pass(name, shape):
    model = model_of(name)
    built = MODELS.build(model).eval()
    assert clip_cost(model, 8, 64) == (
        count_parameters(built),
        count_macs(built, torch.zeros(shape), stage='head'),
    )


def test_the_head_for_training_does_not_count():
    model = model_of('aknet_tsm_slim-r10')
    built = MODELS.build(model)
    helper = count_parameters(built.cls_head.aux_head)
    assert helper > 0
    assert clip_cost(model, 8, 64)[0] == count_parameters(built) - helper


def test_networks_that_select_compute_all_frames():
    """The fixed and the focal part of af_r10.py at r = 1."""
    parameters, macs = clip_cost(model_of('af_r10'), 8, 64)
    assert parameters == 82028
    assert round(macs / 1e6, 1) == 44.2


def test_cost_key():
    first = dict(a=1, ratio_loss=dict(target=0.5), part=dict(init_cfg=None, b=2))
    second = dict(a=1, ratio_loss=None, part=dict(init_cfg=dict(type='X'), b=2))
    assert cost_key(first) == cost_key(second)
    assert cost_key(first) != cost_key(dict(first, a=2))


def test_size_of_the_input():
    def size(*steps):
        pipeline = [dict(type='UprightVideoInit'), *steps]
        loader = dict(dataset=dict(pipeline=pipeline))
        return input_size(Config(dict(test_dataloader=loader)))

    assert size() is None
    assert size(dict(type='Resize', scale=(32, 32))) == 32
    resize = dict(type='Resize', scale=(-1, 256))
    assert size(resize, dict(type='CenterCrop', crop_size=224)) == 224
