"""The short-term module against loops, and its sum with the frame by hand."""

import math

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from mmvkp.hosts.short_term_difference import ShortTermTDM, fuse_difference

from .naive_difference import halved, norm, with_statistics

BN = dict(type='BN2d', requires_grad=True)
RELU = dict(type='ReLU', inplace=True)


def short_term(frames=5, stage=None, in_channels=3):
    stage = nn.Conv2d(6, 6, 1) if stage is None else stage
    return ShortTermTDM(in_channels, frames, 6, stage, None, BN, RELU)


@pytest.mark.parametrize('frames, in_channels', [(5, 3), (3, 1)])
def test_short_term_module_equals_loops(frames, in_channels):
    torch.manual_seed(0)
    module = with_statistics(short_term(frames, None, in_channels))
    x = torch.randn(2, frames, in_channels, 18, 26, dtype=torch.float64)
    d0, d1 = module(x.flatten(1, 2))
    diffs = [x[:, f + 1] - x[:, f] for f in range(frames - 1)]
    weights = module.state_dict()
    out = F.conv2d(
        halved(torch.cat(diffs, 1)), weights['conv1.conv.weight'], stride=2, padding=3
    )
    out = norm(out, weights, 'conv1.bn').clamp(min=0)
    out = F.pad(out, (1, 1, 1, 1), value=-math.inf)
    out = out.unfold(2, 3, 2).unfold(3, 3, 2).amax((4, 5))
    assert out.std() > 0.1
    torch.testing.assert_close(d0, out)
    torch.testing.assert_close(d1, module.layer1(out))


def test_still_frames_have_no_difference():
    x = torch.rand(2, 1, 3, 32, 32).expand(-1, 5, -1, -1, -1).flatten(1, 2)
    d0, d1 = short_term(stage=nn.Identity()).eval()(x)
    assert d0.shape == (2, 6, 4, 4) and not d0.any() and not d1.any()


def test_sum_by_hand():
    """3/4 of ones and 1/4 of repeated cells."""
    diff = torch.tensor([[0.0, 4.0], [8.0, 12.0]]).view(1, 1, 2, 2)
    out = fuse_difference(torch.ones(1, 1, 4, 4), diff, (0.75, 0.25))
    rows = [[0.75, 0.75, 1.75, 1.75], [2.75, 2.75, 3.75, 3.75]]
    assert out[0, 0].tolist() == [rows[0], rows[0], rows[1], rows[1]]
