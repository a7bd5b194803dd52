"""2D modules compacted to 1D: by hand and against their 2D originals."""

import mmvkp  # noqa: F401, isort: skip
import copy
import math

import pytest
import torch
import torch.nn.functional as F
from mmaction.models.backbones.resnet import BasicBlock, Bottleneck, make_res_layer
from mmaction.models.backbones.resnet_tsm import NL3DWrapper, TemporalShift
from mmaction.models.backbones.tanet import TABlock
from mmaction.registry import MODELS
from mmcv.cnn import ConvModule
from torch import nn

from mmvkp.aknet.compact import SequenceShift, compact, compact_conv
from mmvkp.hosts.temporal_difference import TemporalDifferenceBlock

BN = dict(type='BN', requires_grad=True)


def filled(module, outer=True):
    """Random weights and statistics; without `outer`, kernels are columns."""
    torch.manual_seed(0)
    for each in module.modules():
        if isinstance(each, nn.modules.batchnorm._BatchNorm):
            nn.init.normal_(each.weight)
            nn.init.normal_(each.bias)
            each.running_mean.normal_()
            each.running_var.uniform_(0.5, 1.5)
        elif isinstance(each, nn.Conv2d):
            if each.bias is not None:
                nn.init.normal_(each.bias)
            if not outer and each.kernel_size == (3, 3):
                each.weight.data[..., ::2] = 0
    return module


def stage(block, stride=1, num=2, **kwargs):
    """A stage of MMAction2, 16 channels in."""
    return make_res_layer(
        block,
        16,
        32 // block.expansion,
        num,
        stride=stride,
        norm_cfg=BN,
        act_cfg=dict(type='ReLU', inplace=True),
        **kwargs,
    )


def of_map(x):
    """The points of a map (N, C, L, 1) from top to bottom."""
    return x[..., 0]


def test_kernel_by_hand():
    conv = nn.Conv2d(1, 1, 3, padding=1, bias=False)
    conv.weight.data = torch.arange(1.0, 10).view(1, 1, 3, 3)
    made = compact_conv(conv)
    # Rows 1 2 3, 4 5 6, 7 8 9.
    assert made.weight.tolist() == [[[6.0, 15.0, 24.0]]]
    # 15 + 24 * 10; 6 + 15 * 10 + 24 * 100; 6 * 10 + 15 * 100.
    assert made(torch.tensor([[[1.0, 10.0, 100.0]]])).tolist() == [
        [[255.0, 2556.0, 1560.0]]
    ]


@pytest.mark.parametrize('groups', [1, 4])
def test_settings_of_a_convolution(groups):
    conv = nn.Conv2d(8, 4, 5, padding=4, dilation=2, groups=groups).double()
    conv.weight.requires_grad_(False)
    made = compact_conv(conv)
    assert made.weight.shape == (4, 8 // groups, 5)
    assert (made.padding, made.dilation, made.groups) == ((4,), (2,), groups)
    assert made.weight.dtype == torch.float64
    assert not made.weight.requires_grad and made.bias.requires_grad
    assert torch.equal(made.bias, conv.bias)
    for i in range(5):
        torch.testing.assert_close(
            made.weight[..., i], sum(conv.weight[..., i, column] for column in range(5))
        )


def test_one_by_one_is_exact():
    module = filled(ConvModule(8, 16, 1, norm_cfg=BN)).eval()
    x = torch.randn(2, 8, 3, 5)
    torch.testing.assert_close(compact(module)(x.flatten(2)), module(x).flatten(2))


@pytest.mark.parametrize('block', [BasicBlock, Bottleneck])
@pytest.mark.parametrize('style', ['pytorch', 'caffe'])
@pytest.mark.parametrize('training', [False, True])
def test_a_column_of_points_is_a_map_of_one_column(block, style, training):
    """Points from top to bottom, kernels of one column."""
    module = filled(stage(block, style=style), outer=False).train(training)
    x = torch.randn(3, 16, 10, 1)
    made = compact(module)
    torch.testing.assert_close(made(of_map(x)), of_map(module(x)))
    for name, value in module.state_dict().items():
        other = made.state_dict()[name]
        torch.testing.assert_close(other, value.sum(-1) if value.dim() == 4 else value)


@pytest.mark.parametrize('block', [BasicBlock, Bottleneck])
def test_stride_two_becomes_four(block):
    made = compact(stage(block, stride=2))
    strides = sorted(
        {each.stride[0] for each in made.modules() if isinstance(each, nn.Conv1d)}
    )
    assert strides == [1, 4]
    for length in range(1, 14):
        assert made(torch.rand(2, 16, length)).shape == (2, 32, math.ceil(length / 4))


def test_places_of_a_stride():
    """The shortcut takes points 0, 4, 8; the kernel is about the same."""
    seq = torch.arange(1.0, 11).view(1, 1, 10)
    short, long = nn.Conv2d(1, 1, 1, 2), nn.Conv2d(1, 1, 3, 2, 1)
    for conv in (short, long):
        nn.init.ones_(conv.weight)
        nn.init.zeros_(conv.bias)
    assert compact_conv(short)(seq).tolist() == [[[1.0, 5.0, 9.0]]]
    # Three columns of ones: 3 (1 + 2), 3 (4 + 5 + 6), 3 (8 + 9 + 10).
    assert compact_conv(long)(seq).tolist() == [[[9.0, 45.0, 81.0]]]


def test_pooling():
    seq = torch.arange(10.0).view(1, 1, 10)
    pool = compact(nn.MaxPool2d(3, stride=2, padding=1))
    assert pool(seq).tolist() == [[[1.0, 5.0, 9.0]]]
    pool = compact(nn.AvgPool2d(2, stride=2, ceil_mode=True, count_include_pad=False))
    assert pool(seq).tolist() == [[[0.5, 4.5, 8.5]]]


@pytest.mark.parametrize('norm', ['BN', 'GN'])
@pytest.mark.parametrize('shift', [False, True])
def test_bias_in_front_of_a_norm_layer(norm, shift):
    cfg = BN if norm == 'BN' else dict(type='GN', num_groups=2)
    module = filled(ConvModule(8, 4, 3, padding=1, bias=True, norm_cfg=cfg)).eval()
    made = compact(copy.deepcopy(module))
    if shift:
        module.conv = TemporalShift(module.conv, 8)
        made = compact(module, shift=True)
        module.conv = module.conv.net
    seq = torch.randn(2, 8, 7)
    given = SequenceShift(nn.Identity())(seq) if shift else seq
    out = F.conv1d(given, module.conv.weight.sum(-1), module.conv.bias, padding=1)
    expected = module.norm(out[..., None])[..., 0].relu()
    torch.testing.assert_close(made(seq), expected)
    biases = [name for name, _ in made.named_parameters() if 'conv' in name]
    assert any('bias' in name for name in biases) == (norm == 'GN')


def test_a_bias_elsewhere_stays():
    module = ConvModule(4, 4, 1, bias=True, norm_cfg=BN, order=('norm', 'conv', 'act'))
    filled(module).eval()
    x = torch.randn(2, 4, 6, 1)
    made = compact(module)
    assert made.conv.bias is not None
    torch.testing.assert_close(made(of_map(x)), of_map(module(x)))


@pytest.mark.parametrize('block', [BasicBlock, Bottleneck])
def test_tdn_is_a_plain_block_with_its_biases(block):
    plain = stage(block, num=1)[0]
    for each in plain.modules():
        if isinstance(each, ConvModule):
            each.conv.bias = nn.Parameter(torch.zeros(each.conv.out_channels))
    filled(plain, outer=False).eval()
    module = TemporalDifferenceBlock(copy.deepcopy(plain), 2, BN).eval()
    made = compact(module)
    x = torch.randn(2, 16, 9, 1)
    torch.testing.assert_close(made(of_map(x)), of_map(plain(x)))
    assert not [
        key
        for key in made.state_dict()
        if 'long_term' in key or 'temporal' in key or key.endswith('conv.bias')
    ]
    assert sum(p.numel() for p in module.long_term.parameters()) > 0
    # The block itself keeps all it has.
    assert module.conv1.conv.bias.any() and module(torch.randn(2, 16, 9, 9)).shape == (
        2,
        32 // 1,
        9,
        9,
    )


def test_shift_by_one_point_by_hand():
    seq = torch.arange(1.0, 31).view(1, 10, 3)
    out = SequenceShift(nn.Identity(), shift_div=5)(seq)
    assert out[0, :5].tolist() == [
        [2., 3., 0.], [5., 6., 0.],  # to the left
        [0., 7., 8.], [0., 10., 11.],  # to the right
        [13., 14., 15.]  # where they were
    ]  # yapf: disable
    assert torch.equal(out[0, 5:], seq[0, 5:])


def test_tanet_is_left_without_its_module():
    plain = filled(stage(Bottleneck, num=1), outer=False)[0].eval()
    made = compact(TABlock(copy.deepcopy(plain), 4, {}))
    assert not [key for key in made.state_dict() if 'tam' in key]
    x = torch.randn(2, 16, 9, 1)
    torch.testing.assert_close(made.eval()(of_map(x)), of_map(plain(x)))


def test_mobilenet():
    host = MODELS.build(dict(type='MobileNetV2TSM', num_segments=2, pretrained2d=False))
    # Of stride 1 and a single block, so nothing is shifted in it.
    module = filled(host.layer7, outer=False).eval()
    made = compact(module)
    x = torch.randn(2, 160, 7, 1)
    torch.testing.assert_close(made(of_map(x)), of_map(module(x)))
    depthwise = made[0].conv[1].conv
    assert depthwise.groups == 960 and depthwise.weight.shape == (960, 1, 3)
    assert compact(host.layer6)(torch.rand(2, 96, 9)).shape == (2, 160, 3)
    assert compact(host.conv2)(torch.rand(2, 320, 9)).shape == (2, 1280, 9)


class Scaled(nn.Module):
    """A composite module with a parameter of its own."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(4, 4, 1)
        self.gamma = nn.Parameter(torch.ones(4, 1, 1))


class Twice(nn.Module):
    """A module under two names."""

    def __init__(self):
        super().__init__()
        self.first = self.second = nn.Conv2d(4, 4, 1)
        self.third = None

    def forward(self, x):
        return self.second(self.first(x))


def test_a_module_under_two_names():
    module = Twice()
    x = torch.randn(2, 4, 5, 1)
    torch.testing.assert_close(compact(module)(of_map(x)), of_map(module(x)))


@pytest.mark.parametrize(
    'module, message',
    [
        (
            nn.Conv2d(4, 4, (1, 3), padding=(0, 1)),
            'layer4.0 of the host, Conv2d.*differs along rows and columns',
        ),
        (nn.Conv2d(4, 4, 3, stride=(2, 1)), 'differs along rows'),
        (nn.Conv2d(4, 4, 3, padding='same'), 'differs along rows'),
        (nn.Conv2d(4, 4, 3, padding_mode='reflect'), 'differs along rows'),
        (nn.MaxPool2d((2, 1)), 'MaxPool2d.*differs along rows'),
        (nn.AdaptiveAvgPool2d(1), 'is a AdaptiveAvgPool2d, which has no counter'),
        (nn.Dropout2d(), 'is a Dropout2d, which has no counterpart'),
        (nn.Conv3d(4, 4, 1), 'is a Conv3d, which has no counterpart'),
        (Scaled(), r"is a Scaled with \['gamma'\] of its own"),
    ],
)
def test_layers_without_1d_counterpart(module, message):
    with pytest.raises(ValueError, match=message):
        compact(nn.Sequential(module), 'layer4')


def test_non_local_blocks_are_refused():
    module = NL3DWrapper(stage(Bottleneck, num=1)[0], 8, {})
    with pytest.raises(ValueError, match='layer4.1 of.*is a NL3DWrapper'):
        compact(nn.Sequential(nn.ReLU(), module), 'layer4')
