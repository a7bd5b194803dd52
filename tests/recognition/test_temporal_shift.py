"""Temporal shift, compared with MMAction2."""

import mmvkp  # noqa: F401, isort: skip
import pytest
import torch
from mmaction.models.backbones.resnet_tsm import TemporalShift

from mmvkp.recognition.temporal_shift import shifted_in_place, temporal_shift


def test_equals_the_host():
    torch.manual_seed(0)
    x = torch.randn(12, 16, 2, 3)
    assert torch.equal(temporal_shift(x, 4), TemporalShift.shift(x, 4, 8))


def test_by_hand():
    """Channel 0 comes from the next frame, 1 from the previous one."""
    x = torch.arange(1.0, 4.0).view(3, 1, 1, 1).expand(3, 8, 1, 1)
    out = temporal_shift(x.clone(), 3)[:, :, 0, 0]
    assert out[:, 0].tolist() == [2, 3, 0]
    assert out[:, 1].tolist() == [0, 1, 2]
    assert torch.equal(out[:, 2:], x[:, 2:, 0, 0])


def test_gradient():
    x = torch.randn(4, 9, 1, 2, dtype=torch.double, requires_grad=True)
    assert torch.autograd.gradcheck(lambda y: temporal_shift(y, 2), x)


def test_memory_format_stays():
    x = torch.randn(4, 8, 3, 3).contiguous(memory_format=torch.channels_last)
    assert temporal_shift(x, 2).is_contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize('last', [False, True])
@pytest.mark.parametrize('channels', [3, 8, 19])
def test_in_place(channels, last):
    torch.manual_seed(0)
    x = torch.randn(6, channels, 2, 3)
    if last:
        x = x.contiguous(memory_format=torch.channels_last)
    before = x.clone()
    with shifted_in_place(x, 3) as shifted:
        assert shifted is x
        assert torch.equal(shifted, TemporalShift.shift(before, 3, 8))
    assert torch.equal(x, before)
