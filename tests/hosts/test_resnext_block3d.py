"""The block of 3D ResNeXt: shapes, shortcut and gradients."""

import pytest
import torch
from torch import nn

from mmvkp.hosts.resnext_block3d import ResNeXtBlock3d

BN = dict(type='BN3d')


@pytest.mark.parametrize('size', [(2, 6, 8), (3, 7, 5)])
def test_shapes(size):
    x = torch.rand(1, 8, *size)
    assert ResNeXtBlock3d(8, 4, 2, (1, 1, 1), BN)(x).shape == x.shape
    halved = [-(-each // 2) for each in size]
    assert ResNeXtBlock3d(8, 8, 2, (2, 2, 2), BN)(x).shape == (1, 16, *halved)


def test_shortcut_of_type_b_only_where_the_shape_changes():
    assert ResNeXtBlock3d(8, 4, 2, (1, 1, 1), BN).downsample is None
    for channels, stride in ((8, (1, 1, 1)), (4, (1, 2, 2))):
        conv = ResNeXtBlock3d(8, channels, 2, stride, BN).downsample[0]
        assert conv.kernel_size == (1, 1, 1) and conv.stride == stride
        assert conv.out_channels == 2 * channels


def test_a_silent_last_norm_leaves_the_input():
    block = ResNeXtBlock3d(8, 4, 2, (1, 1, 1), BN)
    nn.init.zeros_(block.bn3.weight)
    x = torch.randn(2, 8, 2, 4, 4)
    assert torch.equal(block(x), x.clamp(min=0))


def test_every_parameter_gets_a_gradient():
    torch.manual_seed(0)
    block = ResNeXtBlock3d(8, 8, 2, (1, 2, 2), BN)
    block(torch.randn(2, 8, 2, 4, 4)).square().sum().backward()
    for name, param in block.named_parameters():
        assert param.grad.isfinite().all() and param.grad.any(), name
