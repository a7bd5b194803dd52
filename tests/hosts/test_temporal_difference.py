"""The long-term module against loops, the host's shift and plain blocks."""

import mmvkp  # noqa: F401, isort: skip
import copy
import math

import pytest
import torch
import torch.nn.functional as F
from mmaction.models.backbones.resnet import BasicBlock, Bottleneck
from mmaction.models.backbones.resnet_tsm import TemporalShift
from mmcv.cnn import ConvModule
from torch import nn

from mmvkp.hosts.temporal_difference import (
    LongTermTDM,
    TemporalConv,
    TemporalDifferenceBlock,
)

from .naive_difference import halved, norm, repeated, with_statistics

BN = dict(type='BN2d', requires_grad=True)
RELU = dict(type='ReLU', inplace=True)


def naive_attention(diff, weights):
    """Three scales, their mean, all channels."""
    height, width = diff.shape[2:]
    half = F.conv2d(halved(diff), weights['half_conv.weight'], padding=1)
    half = repeated(norm(half, weights, 'half_norm'), height, width)
    full = F.conv2d(diff, weights['full_conv.weight'], padding=1)
    full = norm(full, weights, 'full_norm')
    out = F.conv2d((diff + half + full) / 3, weights['expand_conv.weight'])
    out = norm(out, weights, 'expand_norm')
    return 1 / (1 + (-out).exp()) - 0.5


def naive_long_term(clip, weights):
    """One view (T, C, H, W), one segment after the other."""
    z, aligned = [], []
    for frame in clip:
        squeezed = F.conv2d(frame[None], weights['squeeze_conv.weight'])
        z.append(norm(squeezed, weights, 'squeeze_norm'))
        own = weights['align_conv.weight']
        aligned.append(F.conv2d(z[-1], own, padding=1, groups=len(own)))
    out = []
    for t, frame in enumerate(clip):
        zero = torch.zeros_like(z[t])
        ahead = aligned[t + 1] - z[t] if t + 1 < len(clip) else zero
        behind = aligned[t - 1] - z[t] if t else zero
        y = (naive_attention(ahead, weights) + naive_attention(behind, weights)) / 2
        out.append(frame + frame * y[0])
    return torch.stack(out)


@pytest.mark.parametrize(
    'channels, num_segments, size', [(32, 3, (4, 6)), (48, 2, (5, 7)), (8, 4, (2, 3))]
)
def test_long_term_module_equals_loops(channels, num_segments, size):
    torch.manual_seed(0)
    module = with_statistics(LongTermTDM(channels, num_segments))
    x = torch.randn(2, num_segments, channels, *size, dtype=torch.float64)
    with torch.no_grad():
        out = module(x.flatten(0, 1)).view_as(x)
        expected = [naive_long_term(clip, module.state_dict()) for clip in x]
    assert (out - x).abs().max() > 0.1
    torch.testing.assert_close(out, torch.stack(expected))


def test_long_term_module_by_hand():
    """One channel, two segments of one cell: 1 and 1 + ln 3.

    With z = z' = x and the outer scales at zero, the mean of the scales times
    3 is the difference, ln 3 ahead of the first, -ln 3 behind the second and
    zero else. sigmoid(ln 3) = 3/4, sigmoid(-ln 3) = 1/4.
    """
    module = LongTermTDM(1, 2).double().eval()
    for name, param in module.named_parameters():
        nn.init.constant_(param, 0)
        if 'norm.weight' in name:
            nn.init.constant_(param, math.sqrt(1 + 1e-5))
    nn.init.ones_(module.squeeze_conv.weight)
    module.align_conv.weight.data[..., 1, 1] = 1
    nn.init.constant_(module.expand_conv.weight, 3)
    second = 1 + math.log(3)
    x = torch.tensor([1, second], dtype=torch.float64).view(2, 1, 1, 1)
    expected = [1 + 0.25 / 2, second - second * 0.25 / 2]
    assert module(x).flatten().tolist() == pytest.approx(expected, abs=1e-12)


def test_still_segments_and_single_segments_stay_as_they_are():
    torch.manual_seed(0)
    frame = torch.randn(2, 1, 16, 4, 4)
    module = LongTermTDM(16, 3).eval()  # fresh norms have no bias
    nn.init.zeros_(module.align_conv.weight)
    module.align_conv.weight.data[..., 1, 1] = 1
    still = frame.expand(-1, 3, -1, -1, -1).flatten(0, 1)
    torch.testing.assert_close(module(still), still)
    alone = torch.randn(3, 16, 4, 4)
    torch.testing.assert_close(LongTermTDM(16, 1).eval()(alone), alone)


def test_maps_of_a_single_cell():
    torch.manual_seed(0)
    module = LongTermTDM(16, 2)
    assert module(torch.randn(4, 16, 1, 1)).isfinite().all()
    assert module(torch.randn(4, 16, 1, 5)).shape == (4, 16, 1, 5)


@pytest.mark.parametrize('channels', [16, 20, 5])
def test_temporal_convolution_starts_as_the_shift_of_the_host(channels):
    torch.manual_seed(0)
    x = torch.randn(8, channels, 3, 2)
    conv = TemporalConv(channels, 4)
    assert torch.equal(conv(x), TemporalShift.shift(x, 4, shift_div=8))


def test_temporal_convolution_by_hand():
    """Weights (previous, own, next) = (1, 10, 100) on 1, 2, 3."""
    conv = TemporalConv(1, 3)
    conv.weight.data.copy_(torch.tensor([1.0, 10.0, 100.0]).view(1, 1, 3))
    x = torch.tensor([1.0, 2.0, 3.0, 4.0, 0.0, 0.0]).view(6, 1, 1, 1)
    assert conv(x).flatten().tolist() == [210, 321, 32, 40, 4, 0]


def block(kind, **kwargs):
    """A first block of a stage: stride 2, 16 to 8 times expansion."""
    shortcut = ConvModule(16, 8 * kind.expansion, 1, stride=2, act_cfg=None)
    return kind(16, 8, stride=2, downsample=shortcut, norm_cfg=BN, **kwargs)


@pytest.mark.parametrize('kind', [BasicBlock, Bottleneck])
def test_idle_modules_leave_the_block_as_it_is(kind):
    torch.manual_seed(0)
    plain = block(kind).eval()
    ours = TemporalDifferenceBlock(copy.deepcopy(plain), 2, BN).eval()
    nn.init.zeros_(ours.long_term.expand_norm.weight)
    nn.init.zeros_(ours.temporal_conv.weight)
    ours.temporal_conv.weight.data[:, 0, 1] = 1
    x = torch.randn(4, 16, 6, 6)
    torch.testing.assert_close(ours(x), plain(x))
    names = set(plain.state_dict())
    added = {name.split('.')[0] for name in set(ours.state_dict()) - names}
    assert names < set(ours.state_dict())
    assert added == {'long_term', 'temporal_conv'}


@pytest.mark.parametrize('kind', [BasicBlock, Bottleneck])
def test_modules_lie_in_front_of_the_second_convolution(kind):
    torch.manual_seed(0)
    ours = with_statistics(TemporalDifferenceBlock(block(kind), 2, BN))
    x = torch.randn(4, 16, 6, 6, dtype=torch.float64)
    out = ours.long_term(ours.conv1(x))
    assert out.shape[2:] == ((3, 3) if kind is BasicBlock else (6, 6))
    out = ours.conv2(TemporalShift.shift(out, 2, shift_div=8))
    out = ours.conv3(out) if kind is Bottleneck else out
    torch.testing.assert_close(ours(x), F.relu(out + ours.downsample(x)))


def test_gradients_with_and_without_checkpoints():
    torch.manual_seed(0)
    grads = []
    blocks = TemporalDifferenceBlock(block(Bottleneck, with_cp=True), 2, BN)
    for with_cp in (True, False):
        blocks.with_cp = with_cp
        torch.manual_seed(1)
        x = torch.randn(4, 16, 8, 8, requires_grad=True)
        blocks.zero_grad()
        blocks(x).square().sum().backward()
        grads.append([p.grad.clone() for p in (x, *blocks.parameters())])
        assert all(g.isfinite().all() and g.any() for g in grads[-1])
    for one, other in zip(*grads):
        torch.testing.assert_close(one, other)
