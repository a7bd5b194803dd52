"""Layers of the blocks of AFResNet."""

import pytest
import torch
from torch import nn

from mmvkp.afnet.resnet_blocks import bottleneck, conv_norm, pooled_shortcut

BN = dict(type='BN')


def test_bottleneck_by_name_and_shape():
    block = bottleneck(8, 4, 16, BN, stride=2, groups=2)
    names = [name for name, _ in block.named_children()]
    assert names == 'conv1 norm1 relu1 conv2 norm2 relu2 conv3 norm3'.split()
    assert [each.groups for each in block if isinstance(each, nn.Conv2d)] == [2] * 3
    assert block(torch.randn(2, 8, 6, 7)).shape == (2, 16, 3, 4)


@pytest.mark.parametrize('size', [(5, 7), (6, 8)])
def test_conv_norm(size):
    layers = conv_norm(4, 6, BN, stride=2, groups=2).eval()
    x = torch.randn(2, 4, *size)
    # Both groups see their own half of the channels; the norm changes nothing.
    weight = layers.conv.weight[..., 0, 0]
    halves = x[:, :2, ::2, ::2], x[:, 2:, ::2, ::2]
    wanted = [
        torch.einsum('oc,bchw->bohw', part, half)
        for part, half in zip(weight.split(3), halves)
    ]
    torch.testing.assert_close(layers(x), torch.cat(wanted, 1), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    'incoming, stride, names',
    [
        (4, 1, []),
        (4, 2, ['pool']),
        (2, 1, ['conv', 'norm']),
        (2, 2, ['pool', 'conv', 'norm']),
    ],
)
def test_pooled_shortcut(incoming, stride, names):
    shortcut = pooled_shortcut(incoming, 4, BN, stride)
    assert [name for name, _ in shortcut.named_children()] == names
    out = shortcut(torch.ones(1, incoming, 6, 6))
    assert out.shape == (1, 4, 6 // stride, 6 // stride)
