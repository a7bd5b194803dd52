"""Forward pass, frozen stages and checks that both backbones share."""

import pytest
import torch
from mmengine.model import MMDistributedDataParallel
from torch import nn

from mmvkp.afnet.base import unwrap
from mmvkp.afnet.resnet import AFResNet

from .af_networks import small_resnet


def test_broken_logits_name_the_module():
    model = small_resnet()
    with torch.no_grad():
        model.layer1.navigation[1].mix.bias[0] = float('nan')
    for mode in (True, False):
        with pytest.raises(ValueError, match='of layer1.navigation.1 are not'):
            model.train(mode)(torch.randn(4, 3, 32, 32))


def test_frozen_stages_and_norms():
    model = small_resnet(frozen_stages=1, norm_eval=True).train()
    assert not model.stem.conv.weight.requires_grad
    assert not model.layer1.fusion.path.conv1.weight.requires_grad
    assert model.layer2.fusion.path.conv1.weight.requires_grad
    assert not model.layer1.training and model.layer2.focal[0].training
    assert not model.layer2.focal[0].path.norm1.training


def test_several_maps():
    maps = small_resnet(out_indices=(0, 1, 2))(torch.randn(4, 3, 32, 32))
    assert [tuple(each.shape[1:]) for each in maps] == [
        (32, 4, 4),
        (64, 4, 4),
        (128, 2, 2),
        (3,),
    ]


def test_bad_inputs():
    model = small_resnet()
    with pytest.raises(ValueError, match='6 frames cannot be split into'):
        model(torch.randn(6, 3, 32, 32))
    with pytest.raises(ValueError, match=r'the input has shape \(1, 4, 3'):
        model(torch.randn(1, 4, 3, 32, 32))
    with pytest.raises(ValueError, match=r'give \(4, 3\)'):
        model(torch.randn(4, 3, 32, 32), torch.ones(4, 2))


@pytest.mark.parametrize(
    'kwargs, error, message',
    [
        (dict(num_segments=0), ValueError, r'num_segments=0'),
        (dict(num_segments='8'), TypeError, r"num_segments='8'"),
        (dict(selection_cfg=dict(ratio=2)), ValueError, r'ratio=2'),
        (dict(out_indices=(4,)), ValueError, r'stages in \[0, 3\]'),
        (dict(out_indices=()), ValueError, r'out_indices=\(\)'),
        (dict(frozen_stages=6), ValueError, r'outside \[-1, 4\]'),
        (
            dict(spatial_cfg=dict(), selection_cfg=dict(skipped='zeros')),
            ValueError,
            r"skipped='zeros'",
        ),
    ],
)
def test_bad_arguments(kwargs, error, message):
    with pytest.raises(error, match=message):
        AFResNet(**kwargs)


def test_the_model_inside_a_wrapper():
    model = nn.Linear(1, 1)
    assert unwrap(model) is model
    # Without the constructor, which needs a process group.
    wrapper = MMDistributedDataParallel.__new__(MMDistributedDataParallel)
    nn.Module.__init__(wrapper)
    wrapper.module = model
    assert unwrap(wrapper) is model
