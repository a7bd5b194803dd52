"""Convolutions and shortcuts of the blocks of `AFResNet`."""

from collections import OrderedDict

from mmaction.utils import ConfigType
from mmcv.cnn import build_norm_layer
from torch import nn


def bottleneck(
    incoming: int,
    mid: int,
    out: int,
    norm_cfg: ConfigType,
    stride: int = 1,
    groups: int = 1,
) -> nn.Sequential:
    """Convolutions 1x1, 3x3 and 1x1 with norms and two ReLUs.

    Args:
        incoming (int): Channels of the input.
        mid (int): Channels between the convolutions.
        out (int): Channels of the output.
        norm_cfg (dict): Norm layer.
        stride (int): Stride of the 3x3 convolution.
        groups (int): Groups of all three convolutions.
    """
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    sizes = ((incoming, mid, 1), (mid, mid, 3), (mid, out, 1))
    for n, (a, b, kernel) in enumerate(sizes, 1):
        layers[f'conv{n}'] = nn.Conv2d(
            a,
            b,
            kernel,
            stride=stride if kernel == 3 else 1,
            padding=kernel // 2,
            groups=groups,
            bias=False,
        )
        layers[f'norm{n}'] = build_norm_layer(norm_cfg, b)[1]
        if n < 3:
            layers[f'relu{n}'] = nn.ReLU()
    return nn.Sequential(layers)


def conv_norm(
    incoming: int, out: int, norm_cfg: ConfigType, stride: int = 1, groups: int = 1
) -> nn.Sequential:
    """1x1 convolution with a norm.

    Args:
        incoming (int): Channels of the input.
        out (int): Channels of the output.
        norm_cfg (dict): Norm layer.
        stride (int): Stride of the convolution.
        groups (int): Groups of the convolution.
    """
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    layers['conv'] = nn.Conv2d(incoming, out, 1, stride, groups=groups, bias=False)
    layers['norm'] = build_norm_layer(norm_cfg, out)[1]
    return nn.Sequential(layers)


def pooled_shortcut(
    incoming: int, out: int, norm_cfg: ConfigType, stride: int
) -> nn.Module:
    """Average pooling if the stride is 2, 1x1 convolution if channels differ.

    Args:
        incoming (int): Channels of the input.
        out (int): Channels of the output.
        norm_cfg (dict): Norm layer.
        stride (int): 1 or 2.
    """
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    if stride == 2:
        layers['pool'] = nn.AvgPool2d(3, 2, 1)
    if incoming != out:
        layers['conv'] = nn.Conv2d(incoming, out, 1, bias=False)
        layers['norm'] = build_norm_layer(norm_cfg, out)[1]
    return nn.Sequential(layers) if layers else nn.Identity()
