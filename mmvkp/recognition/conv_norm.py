"""Convolution and norm layer in one step, for inference on a CPU."""

from typing import Any, Optional, Tuple

import torch
from mmcv.cnn import Conv2d, Conv3d
from torch import Tensor, nn
from torch.nn import functional as F

from .fast_forward import results_only, untouched
from .small_batch_norm import SmallBatchNorm1d

_CONVS = (nn.Conv1d, nn.Conv2d, nn.Conv3d, Conv2d, Conv3d)
_NORMS = (nn.BatchNorm1d, SmallBatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)
_FORMATS = {4: torch.channels_last, 5: torch.channels_last_3d}
# Dilation does not matter for a kernel of one cell, but with it torch uses
# oneDNN, which is up to twice as fast for long sequences in one thread.
_BY_ONEDNN = (2,)


def conv_norm(conv: Any, norm: Any, x: Tensor) -> Tensor:
    """Run a convolution and the norm layer after it.

    If `can_fold` allows it, the map has its channels last in memory and the norm
    layer is folded into the weights, unless these have more numbers than the map.
    They are folded in each call, so they are never stale.

    Args:
        conv (nn.Module): Convolution.
        norm (nn.Module, optional): Norm layer.
        x (Tensor): Input.

    Shape:
        - x: (N, C, L), (N, C, H, W) or (N, C, T, H, W).
        - returns: as `norm(conv(x))`.
    """
    if not can_fold(conv, norm, x):
        x = conv(x)
        return x if norm is None else norm(x)
    x = channels_last(x)
    if norm is None:
        return convolve(conv, x, conv.weight, conv.bias)
    cells = x.numel() // conv.in_channels
    for stride in conv.stride:
        cells //= stride
    if conv.weight[0].numel() > cells:
        return norm(convolve(conv, x, conv.weight, conv.bias))
    return convolve(conv, x, *fold_norm(conv, norm))


def can_fold(conv: Any, norm: Any, x: Tensor) -> bool:
    """True if `conv_norm` may skip the calls of both layers.

    They must be plain float32 layers, without hooks, the norm layer in eval mode
    with running statistics; for the input see `results_only`.

    Args:
        conv (nn.Module): Convolution.
        norm (nn.Module, optional): Norm layer.
        x (Tensor): Input. Shape: any.
    """
    return (
        type(conv) in _CONVS
        and conv.padding_mode == 'zeros'
        and conv.weight.dtype == torch.float32
        and untouched(conv)
        and (
            norm is None
            or type(norm) in _NORMS
            and not norm.training
            and norm.running_mean is not None
            and norm.running_mean.dtype == torch.float32
            and untouched(norm)
        )
        and results_only(x)
        and x.dim() == conv.weight.dim()
    )


def channels_last(x: Tensor) -> Tensor:
    """Put the channels of a map last in memory; sequences stay.

    Shape:
        - x: (N, C, H, W), (N, C, T, H, W) or any other.
        - returns: as x.
    """
    layout = _FORMATS.get(x.dim())
    return x if layout is None else x.contiguous(memory_format=layout)


def convolve(conv: Any, x: Tensor, weight: Tensor, bias: Optional[Tensor]) -> Tensor:
    """Run a convolution with other weights, by oneDNN where it is available.

    Args:
        conv (nn.Conv1d | nn.Conv2d | nn.Conv3d): Its stride, padding, dilation and
            groups are used.
        x (Tensor): Input.
        weight (Tensor): Weights.
        bias (Tensor, optional): Bias.

    Shape:
        - x: (N, C, L), (N, C, H, W) or (N, C, T, H, W).
        - weight: as `conv.weight`.
        - bias: (C',).
        - returns: as `conv(x)`.
    """
    dilation = conv.dilation
    if (
        weight.dim() == 5
        and not isinstance(conv.padding, str)
        and torch.backends.mkldnn.is_available()
        and torch.backends.mkldnn.enabled
    ):
        # For a single clip in one thread torch would use a slower implementation.
        return torch.ops.aten.mkldnn_convolution(
            x, weight, bias, conv.padding, conv.stride, dilation, conv.groups
        )
    if set(conv.kernel_size) == {1}:
        dilation = _BY_ONEDNN * len(dilation)
    function = (F.conv1d, F.conv2d, F.conv3d)[weight.dim() - 3]
    return function(x, weight, bias, conv.stride, conv.padding, dilation, conv.groups)


def fold_norm(conv: Any, norm: Any) -> Tuple[Tensor, Tensor]:
    """Weight and bias of a convolution that includes its norm layer in eval mode.

    norm(w x + b) = (s w) x + s (b - mean) + bias with s = weight / sqrt(var +
    eps).

    Args:
        conv (nn.Conv1d | nn.Conv2d | nn.Conv3d): Convolution.
        norm (nn.BatchNorm1d | nn.BatchNorm2d | nn.BatchNorm3d): Norm layer with
            running statistics.

    Shape:
        - returns: as `conv.weight`, and (C',).
    """
    scale = (norm.running_var + norm.eps).rsqrt()
    if norm.weight is not None:
        scale = scale * norm.weight
    mean = norm.running_mean
    if conv.bias is not None:
        mean = mean - conv.bias
    bias = -mean * scale
    if norm.bias is not None:
        bias = bias + norm.bias
    shape = (-1,) + (1,) * (conv.weight.dim() - 1)
    return conv.weight * scale.view(shape), bias


def matmul(matrix: Tensor, x: Tensor) -> Tensor:
    """Multiply each sequence by its matrix, as a grouped convolution.

    Args:
        matrix (Tensor): Matrices.
        x (Tensor): Sequences.

    Shape:
        - matrix: (N, C', C).
        - x: (N, C, L).
        - returns: (N, C', L).
    """
    number, channels = matrix.shape[:2]
    return F.conv1d(
        x.flatten(0, 1)[None],
        matrix.flatten(0, 1)[..., None],
        dilation=_BY_ONEDNN,
        groups=number,
    ).view(number, channels, -1)
