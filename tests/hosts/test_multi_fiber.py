"""The multi-fiber unit: shapes, groups and its residual connections."""

import pytest
import torch
from torch import nn

from mmvkp.hosts.multi_fiber import MultiFiberUnit

BN = dict(type='BN3d')


@pytest.mark.parametrize('size', [(2, 6, 8), (4, 7, 5)])
def test_shapes(size):
    x = torch.rand(1, 8, *size)
    assert MultiFiberUnit(8, 8, 4, BN)(x).shape == x.shape
    first = MultiFiberUnit(8, 16, 4, BN, (1, 2, 2), True)
    height, width = (-(-each // 2) for each in size[1:])
    assert first(x).shape == (1, 16, size[0], height, width)


def test_groups_and_kernels():
    unit, first = MultiFiberUnit(8, 8, 4, BN), MultiFiberUnit(8, 8, 4, BN, first=True)
    kernels = [
        (conv.kernel_size, conv.groups)
        for each in (unit, first)
        for conv in (each.conv1.conv, each.conv2.conv)
    ]
    assert kernels == [((3, 3, 3), 4), ((1, 3, 3), 4), ((3, 3, 3), 4), ((1, 1, 1), 1)]
    assert unit.shortcut is None and first.shortcut.conv.kernel_size == (1, 1, 1)


def test_zero_convolutions_leave_the_input():
    unit = MultiFiberUnit(8, 8, 4, BN)
    nn.init.zeros_(unit.conv2.conv.weight)
    x = torch.randn(2, 8, 2, 4, 4)
    assert torch.equal(unit(x), x)


def test_fibers_exchange_information_only_in_the_multiplexer():
    torch.manual_seed(0)
    unit = MultiFiberUnit(8, 8, 4, BN).eval()
    x = torch.randn(1, 8, 2, 4, 4)
    changed = x.clone()
    changed[:, :2] += 1  # the first of four fibers
    moved = (unit(changed) - unit(x)).abs().amax((0, 2, 3, 4)) > 1e-6
    assert moved.all()
    nn.init.zeros_(unit.mix_out.conv.weight)
    moved = (unit(changed) - unit(x)).abs().amax((0, 2, 3, 4)) > 1e-6
    assert moved.tolist() == [True] * 2 + [False] * 6


def test_every_parameter_gets_a_gradient():
    torch.manual_seed(0)
    unit = MultiFiberUnit(8, 16, 4, BN, (1, 2, 2), True)
    unit(torch.randn(2, 8, 2, 4, 4)).square().sum().backward()
    for name, param in unit.named_parameters():
        assert param.grad.isfinite().all() and param.grad.any(), name
