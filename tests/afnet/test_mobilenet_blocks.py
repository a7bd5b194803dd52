"""Layers of the blocks of AFMobileNetV3, by hand."""

import pytest
import torch
from torch import nn

from mmvkp.afnet.mobilenet_blocks import (
    BlockSizes,
    PooledLinear,
    SqueezeExcite,
    inverted_bottleneck,
)

BN = dict(type='BN')


@pytest.mark.parametrize('channels, hidden', [(16, 8), (64, 16)])
def test_squeeze_excite(channels, hidden):
    module = SqueezeExcite(channels)
    assert module.squeeze.out_features == hidden
    nn.init.zeros_(module.expand.weight)
    nn.init.constant_(module.expand.bias, 1.5)
    x = torch.randn(2, channels, 3, 4)
    # The hard sigmoid of 1.5 is 1.5 / 6 + 1 / 2.
    torch.testing.assert_close(module(x), 0.75 * x)


def test_pooled_linear():
    module = PooledLinear(2, 1)
    with torch.no_grad():
        module.linear.weight.copy_(torch.tensor([[1.0, 2.0]]))
        module.linear.bias.fill_(-4.0)
    x = torch.tensor([[[[0.0, 2.0]], [[1.0, 3.0]]]])
    # Means 1 and 2: 1 + 4 - 4 = 1; h-swish 1 * (1 + 3) / 6.
    assert module(x).shape == (1, 1, 1, 1)
    assert module(x).item() == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    'row, names',
    [
        (BlockSizes(3, 1, 8, False, False, 1), 'depthwise project'),
        (BlockSizes(5, 3, 24, True, True, 2), 'expand depthwise squeeze project'),
    ],
)
def test_inverted_bottleneck(row, names):
    block = inverted_bottleneck(16, row, BN)
    found = [name.partition('_')[0] for name, _ in block.named_children()]
    assert list(dict.fromkeys(found)) == names.split()
    acts = [each for each in block if isinstance(each, (nn.ReLU, nn.Hardswish))]
    assert {type(each) for each in acts} == {nn.Hardswish if row.swish else nn.ReLU}
    size = 6 // row.stride
    assert block(torch.randn(2, 16, 6, 6)).shape == (2, row.out, size, size)
