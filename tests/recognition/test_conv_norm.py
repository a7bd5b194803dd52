"""Folded norm layers: the same but for rounding, only where they may be."""

import pytest
import torch
from mmcv.cnn import Conv3d
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from mmvkp.recognition.complexity import count_macs
from mmvkp.recognition.conv_norm import can_fold, conv_norm, convolve, fold_norm, pack

from ..aknet.tiny_aknet import with_statistics
from .norm_calls import norms_run

NORMS = {3: nn.BatchNorm1d, 4: nn.BatchNorm2d, 5: nn.BatchNorm3d}


def test_fold_norm_by_hand():
    conv, norm = nn.Conv2d(1, 2, 1), nn.BatchNorm2d(2, eps=0.0)
    with torch.no_grad():
        conv.weight.view(-1).copy_(torch.tensor([3.0, 5.0]))
        conv.bias.copy_(torch.tensor([1.0, 2.0]))
        norm.weight.copy_(torch.tensor([4.0, 6.0]))
        norm.bias.copy_(torch.tensor([7.0, 8.0]))
        norm.running_mean.copy_(torch.tensor([2.0, -1.0]))
        norm.running_var.copy_(torch.tensor([4.0, 9.0]))
    weight, bias = fold_norm(conv, norm)
    # 4 (3 x + 1 - 2) / 2 + 7 and 6 (5 x + 2 + 1) / 3 + 8.
    assert weight.flatten().tolist() == pytest.approx([6.0, 10.0])
    assert bias.tolist() == pytest.approx([5.0, 14.0])


@pytest.mark.parametrize(
    'conv, shape, folded',
    [
        (nn.Conv1d(6, 4, 1), (2, 6, 50), True),
        (nn.Conv1d(6, 4, 1, 4, bias=False), (2, 6, 50), True),
        (nn.Conv1d(6, 4, 3, 4, 1), (2, 6, 50), True),
        (nn.Conv1d(6, 4, 3, 1, 2, dilation=2, groups=2), (2, 6, 50), True),
        # More weights than cells: the norm layer stays.
        (nn.Conv1d(6, 4, 3, 1, 1), (1, 6, 5), False),
        (nn.Conv2d(6, 4, 1, 2), (2, 6, 9, 8), True),
        (nn.Conv2d(6, 4, (3, 1), (2, 1), (1, 0)), (2, 6, 9, 8), True),
        (nn.Conv2d(6, 4, 3, 1, 'same'), (2, 6, 9, 8), True),
        (nn.Conv2d(6, 4, 3, 1, 1, padding_mode='reflect'), (2, 6, 9, 8), False),
        (nn.Conv3d(6, 4, 1, bias=False), (1, 6, 4, 5, 5), True),
        (nn.Conv3d(6, 4, 3, (1, 2, 2), 1), (2, 6, 8, 9, 9), True),
        (nn.Conv3d(6, 4, 3, 1, 'same'), (1, 6, 8, 9, 9), True),
        (Conv3d(6, 4, (3, 1, 1), 1, (2, 0, 0), (2, 1, 1), 2), (1, 6, 8, 9, 9), True),
    ],
)
def test_conv_norm(conv, shape, folded):
    torch.manual_seed(0)
    norm = with_statistics(NORMS[len(shape)](4)).eval()
    x = torch.rand(shape)
    expected = norm(conv(x))
    assert torch.equal(conv_norm(conv, norm, x), expected)
    assert torch.equal(conv_norm(conv, None, x), conv(x))
    with torch.no_grad():
        for layer, wanted in ((norm, expected), (None, conv(x))):
            torch.testing.assert_close(
                conv_norm(conv, layer, x), wanted, rtol=1e-4, atol=1e-5
            )
        assert norms_run(lambda y: conv_norm(conv, norm, y), x) == (not folded)
        macs = count_macs(nn.Sequential(conv, norm), x)
        with FlopCounterMode(display=False) as counter:
            conv_norm(conv, norm, x)
    assert counter.get_total_flops() == 2 * macs


@torch.no_grad()
def test_layers_that_are_not_folded():
    conv, norm = nn.Conv2d(2, 2, 1), nn.BatchNorm2d(2).eval()
    x = torch.rand(1, 2, 8, 8)
    assert can_fold(conv, norm, x) and can_fold(conv, None, x)
    for other, layer, y in (
        (conv, nn.BatchNorm2d(2), x),
        (conv, nn.BatchNorm2d(2, track_running_stats=False).eval(), x),
        (conv, nn.BatchNorm2d(2).eval().double(), x),
        (conv, nn.GroupNorm(1, 2), x),
        (conv, norm, x[0]),
        (conv, norm, x.double()),
        (nn.ConvTranspose2d(2, 2, 1), norm, x),
        (nn.utils.spectral_norm(nn.Conv2d(2, 2, 1)), norm, x),
        (nn.utils.parametrizations.weight_norm(nn.Conv2d(2, 2, 1)), norm, x),
    ):
        assert not can_fold(other, layer, y)
    for module in (conv, norm):
        handle = module.register_forward_hook(lambda *_: None)
        assert not can_fold(conv, norm, x)
        handle.remove()
        module.forward = lambda y: y
        assert not can_fold(conv, norm, x)
        del module.forward


@torch.no_grad()
def test_without_onednn():
    conv, norm = nn.Conv3d(2, 3, 3, padding=1), nn.BatchNorm3d(3).eval()
    x = torch.rand(1, 2, 8, 8, 8)
    with torch.backends.mkldnn.flags(enabled=False):
        torch.testing.assert_close(conv_norm(conv, norm, x), norm(conv(x)))


@torch.no_grad()
@pytest.mark.parametrize(
    'kernel, stride, groups', [(1, 1, 1), (1, 4, 1), (3, 1, 1), (3, 4, 1), (3, 4, 2)]
)
@pytest.mark.parametrize('dims', [1, 2, 3])
def test_a_sum_and_a_relu(dims, kernel, stride, groups):
    torch.manual_seed(0)
    kind = (nn.Conv1d, nn.Conv2d, nn.Conv3d)[dims - 1]
    conv = kind(4, 6, kernel, stride, kernel // 2, groups=groups)
    norm = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)[dims - 1](6).eval()
    nn.init.uniform_(norm.running_mean)
    for size in (3, 9):
        x = torch.randn(2, 4, *[size] * dims)
        plain = norm(conv(x))
        added = torch.randn_like(plain)
        # Channels last in memory, as the features of points are.
        for given in (x, x.transpose(1, -1).contiguous().transpose(1, -1)):
            for layer, result in ((norm, plain), (None, conv(x))):
                before = added.clone()
                for term, relu, wanted in (
                    (None, True, result.relu()),
                    (added, False, result + added),
                    (added, True, (result + added).relu()),
                ):
                    found = conv_norm(conv, layer, given, term, relu)
                    torch.testing.assert_close(found, wanted, rtol=1e-4, atol=1e-5)
                assert torch.equal(added, before)
    conv.register_forward_hook(lambda *_: None)
    torch.testing.assert_close(
        conv_norm(conv, norm, x, added, True), (norm(conv(x)) + added).relu()
    )


@torch.no_grad()
@pytest.mark.parametrize('kernel, stride, groups', [(1, 2, 1), (3, 1, 1), (3, 4, 2)])
@pytest.mark.parametrize('dims', [1, 2, 3])
def test_packed_weights(dims, kernel, stride, groups):
    """They are for inputs of any size, also after oneDNN is disabled."""
    torch.manual_seed(0)
    kind = (nn.Conv1d, nn.Conv2d, nn.Conv3d)[dims - 1]
    conv = kind(4, 6, kernel, stride, kernel // 2, groups=groups)
    packed = pack(conv, torch.rand(1, 4, *[9] * dims), conv.weight)
    assert packed.is_mkldnn == torch.backends.mkldnn.is_available()
    for number, size in ((1, 9), (3, 4)):
        x = torch.rand(number, 4, *[size] * dims)
        for enabled in (True, False):
            with torch.backends.mkldnn.flags(enabled=enabled):
                torch.testing.assert_close(
                    convolve(conv, x, packed, conv.bias), conv(x), rtol=1e-4, atol=1e-5
                )
