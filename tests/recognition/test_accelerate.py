"""Quick convolutions: the same but for rounding, only where they may be."""

import mmvkp  # noqa: F401, isort: skip
from copy import deepcopy

import pytest
import torch
from mmaction.registry import MODELS
from mmcv.cnn import ConvModule
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from mmvkp.recognition.accelerate import (
    QuickConvModule,
    conv_norm,
    fold_norm,
    matmul,
    quicken,
)
from mmvkp.recognition.complexity import count_macs

from ..aknet.tiny_aknet import SLIM, with_statistics

HOSTS = dict(
    slim=(SLIM, 3),
    tsm=(dict(type='ResNetTSM', depth=18, num_segments=4), 3),
    tdn=(dict(type='ResNetTDN', depth=50, num_segments=4), 15),
    resnet=(dict(type='ResNet', depth=18), 3),
    mobilenet=(dict(type='MobileNetV2TSM', num_segments=4,
                    pretrained2d=False), 3),
)  # yapf: disable


def hosts(name):
    """A host, its quickened copy, both in eval, and frames."""
    torch.manual_seed(0)
    base, channels = HOSTS[name]
    host = with_statistics(MODELS.build(base))
    host.eval()
    return host, quicken(deepcopy(host)), torch.rand(8, channels, 64, 64)


def norms_run(model, x):
    """How many norm layers run as layers of their own."""
    with torch.autograd.profiler.profile() as profile:
        model(x)
    return sum(each.name == 'aten::batch_norm' for each in profile.function_events)


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


@pytest.mark.parametrize('name', HOSTS)
@torch.no_grad()
def test_same_but_for_rounding(name):
    host, quick, x = hosts(name)
    expected, got = host(x), quick(x)
    # Maps of the TDN have large values, so that only a share says something.
    assert expected.std() > 0.01
    assert (got - expected).norm() < 1e-5 * expected.norm()
    assert count_macs(quick, x) == count_macs(host, x)
    assert list(quick.state_dict()) == list(host.state_dict())
    assert norms_run(quick, x) < norms_run(host, x)


@torch.no_grad()
def test_what_is_folded():
    host, quick, x = hosts('tsm')
    assert quick(x).is_contiguous(memory_format=torch.channels_last)
    # With eight frames of 64 x 64: the stem, the four of res2 with 2048 cells
    # and 576 numbers each, shortcuts of res3 (512, 64) and res4 (128, 128).
    assert norms_run(host, x) == 20
    assert norms_run(quick, x) == 20 - (1 + 4 + 1 + 1)
    assert type(host.conv1) is ConvModule


@torch.no_grad()
def test_nothing_is_out_of_date():
    host, quick, x = hosts('slim')
    quick(x)
    other = with_statistics(MODELS.build(SLIM))
    other.eval()
    quick.load_state_dict(other.state_dict())
    torch.testing.assert_close(quick(x), other(x), rtol=1e-4, atol=1e-4)
    quick.layer1[0].conv1.norm.running_mean.data.add_(1)
    assert not torch.allclose(quick(x), other(x), rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize('norm_eval', [False, True])
def test_training_stays_bit_for_bit(norm_eval):
    host, quick, x = hosts('slim')
    results = []
    for model in (host, quick):
        model.norm_eval = norm_eval
        model.train()
        y = model(x)
        y.square().mean().backward()
        results.append(
            [y, *(each.grad for each in model.parameters()), *model.buffers()]
        )
    assert all(map(torch.equal, *results))


def test_gradients_in_eval_stay():
    host, quick, x = hosts('slim')
    assert torch.equal(quick(x), host(x))


@torch.no_grad()
def test_where_it_is_not_folded():
    host, quick, x = hosts('slim')
    calls = []
    layer = quick.layer1[0].conv1
    net = layer.conv.net
    handle = net.register_forward_hook(lambda *_: calls.append(1))
    torch.testing.assert_close(quick(x), host(x), rtol=1e-4, atol=1e-4)
    assert calls == [1]
    handle.remove()
    total = norms_run(host, x)
    assert norms_run(quick.double(), x.double()) == total
    assert torch.equal(quick(x.double()), host.double()(x.double()))
    traced = torch.jit.trace(quick.float(), x, check_trace=False)
    assert str(traced.inlined_graph).count('aten::batch_norm') == total
    module = QuickConvModule(
        3, 3, 3, norm_cfg=dict(type='BN'), order=('norm', 'conv', 'act')
    )
    assert norms_run(module.eval(), torch.rand(1, 3, 4, 4)) == 1
    assert norms_run(QuickConvModule(3, 3, 3), torch.rand(1, 3, 4, 4)) == 0


@torch.no_grad()
def test_with_autocast():
    host, quick, x = hosts('slim')
    with torch.autocast('cpu', dtype=torch.bfloat16):
        got, expected = quick(x).float(), host(x).float()
    assert (got - expected).norm() < 0.05 * expected.norm()


@pytest.mark.parametrize(
    'conv, shape',
    [
        (nn.Conv1d(6, 4, 1), (2, 6, 50)),
        (nn.Conv1d(6, 4, 1, 4, bias=False), (2, 6, 50)),
        (nn.Conv1d(6, 4, 3, 4, 1), (2, 6, 50)),
        (nn.Conv1d(6, 4, 3, 1, 2, dilation=2, groups=2), (2, 6, 50)),
        # More weights than cells: the norm layer stays.
        (nn.Conv1d(6, 4, 3, 1, 1), (1, 6, 5)),
        (nn.Conv2d(6, 4, 1, 2), (2, 6, 9, 8)),
        (nn.Conv2d(6, 4, (3, 1), (2, 1), (1, 0)), (2, 6, 9, 8)),
        (nn.Conv2d(6, 4, 3, 1, 'same'), (2, 6, 9, 8)),
        (nn.Conv2d(6, 4, 3, 1, 1, padding_mode='reflect'), (2, 6, 9, 8)),
    ],
)
def test_conv_norm(conv, shape):
    torch.manual_seed(0)
    norm = with_statistics(
        (nn.BatchNorm1d if len(shape) == 3 else nn.BatchNorm2d)(4)
    ).eval()
    x = torch.rand(shape)
    expected = norm(conv(x))
    assert torch.equal(conv_norm(conv, norm, x), expected)
    with torch.no_grad():
        torch.testing.assert_close(
            conv_norm(conv, norm, x), expected, rtol=1e-4, atol=1e-5
        )
        macs = count_macs(nn.Sequential(conv, norm), x)
        assert norms_run(lambda y: conv_norm(conv, norm, y), x) == (
            len(shape) == 3 and shape[2] == 5 or conv.padding_mode == 'reflect'
        )
        with FlopCounterMode(display=False) as counter:
            conv_norm(conv, norm, x)
    assert counter.get_total_flops() == 2 * macs


def test_matmul():
    torch.manual_seed(0)
    matrix, x = torch.rand(3, 5, 4), torch.rand(3, 4, 70)
    expected = torch.stack([m.mm(s) for m, s in zip(matrix, x)])
    with torch.no_grad():
        torch.testing.assert_close(matmul(matrix, x), expected)
        torch.testing.assert_close(
            matmul(matrix.transpose(1, 2).double(), expected.double()),
            torch.stack(
                [m.t().mm(s) for m, s in zip(matrix.double(), expected.double())]
            ),
        )
        with FlopCounterMode(display=False) as counter:
            matmul(matrix, x)
    assert counter.get_total_flops() == 2 * 3 * 5 * 4 * 70
    torch.testing.assert_close(matmul(matrix.requires_grad_(), x), expected)


@torch.no_grad()
def test_tail_and_transform_of_an_aknet():
    """The parts that are not the host's, by the way without any shortcut."""
    torch.manual_seed(0)
    net = with_statistics(
        MODELS.build(dict(type='AKNet', base=SLIM, select_stage=1))
    ).eval()
    x = torch.rand(8, 3, 64, 64)
    quick = net(x)
    with torch.enable_grad():
        slow = net(x)
    assert torch.equal(quick.points, slow.points)
    assert (quick.sequence - slow.sequence).norm() < (1e-5 * slow.sequence.norm())
    assert (
        norms_run(net.tail, torch.rand(2, net.selector.excitation[0].in_features, 4000))
        == 0
    )
