"""Fast function of `AKNet`; see `mmvkp.recognition.accelerate`."""

from functools import partial
from typing import Any

import torch
from mmaction.models.backbones.resnet import BasicBlock, Bottleneck
from mmcv.cnn import ConvModule
from torch import Tensor

from ..recognition.accelerate import end_of_block, is_plain_block, is_relu, run_layers
from ..recognition.conv_norm import can_fold, fold_norm
from ..recognition.fast_forward import accelerates, is_accelerated, untouched
from .backbone import AKNet, AKNetFeatures
from .transform import PointTransform, rows_and_matrix


@accelerates(AKNet, when=lambda net: type(net.transform) is PointTransform)
def _aknet(net: Any, x: Tensor) -> AKNetFeatures:
    return net.compute(x, partial(_run_tail, net))


def _run_tail(net: Any, features: Tensor, points: Tensor) -> Tensor:
    """Run the transform and the tail of an `AKNet`.

    The transform and the first layers after it, a convolution and a shortcut, are
    linear: the layers' weights are multiplied by the matrix of a clip, instead of all
    its points.
    """
    block = net.tail[0][0]
    if not _can_join(net, block, features):
        return net.run_tail(features, points)
    clips = rows_and_matrix(net.transform, features, points)
    first, shortcut = (
        _linear(each, *clips).transpose(1, 2)
        for each in (block.conv1, block.downsample)
    )
    out = end_of_block(block, first, shortcut, True)
    x = run_layers(list(net.tail[0])[1:], *out)
    for stage in list(net.tail)[1:]:
        x = stage(x)
    return x


def _can_join(net: Any, block: Any, features: Tensor) -> bool:
    """True if `_linear` can run the first layers, and saves time."""
    first: Any = getattr(block, 'conv1', None)
    shortcut: Any = getattr(block, 'downsample', None)
    calls = (net.transform, net.tail, net.tail[0], block)
    return (
        type(block) in (BasicBlock, Bottleneck)
        and is_accelerated(net.transform)
        and is_accelerated(block)
        and is_plain_block(block)
        and _is_linear(first, features)
        and _is_linear(shortcut, features)
        and untouched(*calls)
        and features.shape[2] > first.out_channels + shortcut.out_channels
    )


def _is_linear(module: Any, x: Tensor) -> bool:
    """True if a module is a plain 1 x 1 convolution with a norm layer."""
    if type(module) is not ConvModule or not untouched(module) or not module.with_norm:
        return False
    conv = module.conv
    return (
        type(conv) is torch.nn.Conv1d
        and conv.kernel_size == (1,)
        and conv.padding == (0,)
        and conv.groups == 1
        and module.order == ('conv', 'norm', 'act')
        and not module.with_explicit_padding
        and (not module.with_activation or is_relu(module.activate))
        and can_fold(conv, module.norm, x)
    )


def _linear(module: Any, rows: Tensor, matrix: Tensor) -> Tensor:
    """Run a `ConvModule` on `rows @ matrix`.

    Shape:
        - rows: (N, L, C + 3).
        - matrix: (N, C + 3, C).
        - returns: (N, L', C').
    """
    weight, bias = fold_norm(module.conv, module.norm)
    weight = weight.flatten(1) @ matrix.transpose(1, 2)
    rows = rows[:, :: module.conv.stride[0]]
    out = torch.baddbmm(bias, rows, weight.transpose(1, 2))
    return out.relu_() if module.with_activation else out
