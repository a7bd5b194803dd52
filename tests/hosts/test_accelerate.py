"""Fast functions of the hosts: which layers they fold, hooks on containers."""

import mmvkp  # noqa: F401, isort: skip
import pytest
import torch
from torch import nn

from mmvkp.hosts.multi_fiber import MultiFiberUnit
from mmvkp.hosts.resnext3d import ResNeXt3d
from mmvkp.hosts.resnext_block3d import ResNeXtBlock3d
from mmvkp.recognition import accelerate

from ..aknet.tiny_aknet import with_statistics
from ..recognition.norm_calls import norms_run

BN = dict(type='BN3d')


@pytest.mark.parametrize(
    'block, norms',
    [
        # Only the first norm layer of a chain has no convolution before it.
        (MultiFiberUnit(8, 8, 4, BN), 2),
        (MultiFiberUnit(8, 16, 4, BN, (1, 2, 2), True), 3),
        (ResNeXtBlock3d(8, 4, 2, (1, 1, 1), BN), 0),
        (ResNeXtBlock3d(8, 8, 2, (1, 2, 2), BN), 0),
    ],
)
@torch.no_grad()
def test_blocks(block, norms):
    torch.manual_seed(0)
    with_statistics(block).eval()
    x = torch.rand(2, 8, 8, 16, 16)
    expected = block(x)
    with accelerate(block):
        torch.testing.assert_close(block(x), expected, rtol=1e-4, atol=1e-4)
        assert norms_run(block, x) == norms
        for child in block.children():
            if isinstance(child, nn.Sequential):
                calls = []
                handle = child.register_forward_hook(lambda *_: calls.append(1))
                torch.testing.assert_close(block(x), expected, rtol=1e-4, atol=1e-4)
                handle.remove()
                assert calls == [1]
    assert torch.equal(block(x), expected)


@torch.no_grad()
def test_the_first_convolution_of_resnext():
    torch.manual_seed(0)
    net = with_statistics(
        ResNeXt3d(
            in_channels=8,
            stage_blocks=(1, 1),
            base_channels=8,
            cardinality=2,
            stage_strides=(1, 2),
        )
    ).eval()
    x = torch.rand(2, 8, 6, 32, 32)
    expected = net(x)
    with accelerate(net, keep=True):
        torch.testing.assert_close(net(x), expected, rtol=1e-4, atol=1e-4)
        assert norms_run(net, x) == 0
        with pytest.raises(ValueError, match='ResNeXt3d: the input'):
            net(x[0])
    assert torch.equal(net(x), expected)
