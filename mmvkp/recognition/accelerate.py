"""Convolutions that are faster when nothing but their results is wanted."""

from typing import Optional, Tuple, Union

import torch
from mmaction.models.backbones.resnet_tsm import TemporalShift
from mmcv.cnn import Conv2d, ConvModule
from torch import Tensor, nn

from .temporal_shift import temporal_shift

Conv = Union[nn.Conv1d, nn.Conv2d]
Norm = Union[nn.BatchNorm1d, nn.BatchNorm2d]
# Dilation says nothing about a kernel of one cell; but it is for torch the
# sign to take oneDNN where it does not with a single thread.
_BY_ONEDNN = (2,)


def quicken(model: nn.Module) -> nn.Module:
    """Let a network run faster on a CPU, without gradients, in eval.

    Convolutions run with the norm layers behind them as `conv_norm` says, and
    maps have the channels last in memory, for which torch has a maximum that
    is ten times as fast. Everywhere else, in training, on other devices, in
    half precision or in an export, the network computes what it always did,
    bit for bit. Parameters, buffers and their names stay.

    Args:
        model (nn.Module): Changed in place: the class of its `ConvModule` is
            exchanged for the subclass here.

    Returns:
        nn.Module: ``model``.
    """
    for module in model.modules():
        if type(module) is ConvModule:
            module.__class__ = QuickConvModule
    return model


class QuickConvModule(ConvModule):
    """`ConvModule` that runs convolution and norm layer by `conv_norm`.

    Args:
        *args: As of `ConvModule`.
        **kwargs: As of `ConvModule`.

    Shape:
        - x: (N, C, H, W) or (N, C, L).
        - returns: (N, C', H', W'), with the channels last in memory where
          `conv_norm` is quick, or (N, C', L').
    """

    def forward(self, x: Tensor, activate: bool = True, norm: bool = True) -> Tensor:
        """Run the layers; see the class for the shapes."""
        conv, shift = self.conv, None
        if type(conv) is TemporalShift and not has_hooks(conv):
            conv, shift = conv.net, conv
        if not (
            norm
            and self.with_norm
            and self.order[:2] == ('conv', 'norm')
            and not self.with_explicit_padding
            and is_quick(conv, self.norm, x)
        ):
            return super().forward(x, activate, norm)
        if x.dim() == 4:
            x = x.contiguous(memory_format=torch.channels_last)
        if shift is not None:
            x = temporal_shift(x, shift.num_segments, shift.shift_div)
        x = _quick_conv_norm(conv, self.norm, x)
        return self.activate(x) if activate and self.with_activation else x


def conv_norm(conv: Conv, norm: Norm, x: Tensor) -> Tensor:
    """Run a convolution and the norm layer behind it.

    Where `is_quick` allows it, in a quicker way with the same result but for
    rounding. The norm layer is folded into the weights, if these have fewer
    numbers than the map; the product is made anew each time, so nothing is
    kept that could be out of date. And oneDNN computes kernels of one cell
    with one thread as well, for which torch takes something else, that needs
    up to twice as long for a long sequence.

    Args:
        conv (nn.Conv1d | nn.Conv2d): Convolution.
        norm (nn.BatchNorm1d | nn.BatchNorm2d): Norm layer.
        x (Tensor): What goes in.

    Returns:
        Tensor: What ``norm(conv(x))`` gives.
    """
    if not is_quick(conv, norm, x):
        return norm(conv(x))
    return _quick_conv_norm(conv, norm, x)


def _quick_conv_norm(conv: Conv, norm: Norm, x: Tensor) -> Tensor:
    """The quicker way of `conv_norm`."""
    cells = x.numel() // conv.in_channels
    for stride in conv.stride:
        cells //= stride
    if conv.weight[0].numel() > cells:
        return norm(convolve(conv, x, conv.weight, conv.bias))
    return convolve(conv, x, *fold_norm(conv, norm))


def convolve(conv: Conv, x: Tensor, weight: Tensor, bias: Optional[Tensor]) -> Tensor:
    """Run a convolution by oneDNN, with other weights.

    Args:
        conv (nn.Conv1d | nn.Conv2d): Says stride, padding and groups.
        x (Tensor): What goes in.
        weight (Tensor): As that of ``conv``.
        bias (Tensor, optional): (C', ).

    Returns:
        Tensor: Map or sequence.
    """
    function = (
        nn.functional.conv1d if isinstance(conv, nn.Conv1d) else nn.functional.conv2d
    )
    dilation = conv.dilation
    if set(conv.kernel_size) == {1}:
        dilation = _BY_ONEDNN * len(dilation)
    return function(x, weight, bias, conv.stride, conv.padding, dilation, conv.groups)


def matmul(matrix: Tensor, x: Tensor) -> Tensor:
    """Multiply each sequence by its matrix.

    Args:
        matrix (Tensor): Matrices.
        x (Tensor): Sequences.

    Shape:
        - matrix: (N, C', C).
        - x: (N, C, L).
        - returns: (N, C', L).
    """
    if not only_results(x) or {x.dtype, matrix.dtype} != {torch.float32}:
        return matrix @ x
    number, channels = matrix.shape[:2]
    return nn.functional.conv1d(
        x.flatten(0, 1)[None],
        matrix.flatten(0, 1)[..., None],
        dilation=_BY_ONEDNN,
        groups=number,
    ).view(number, channels, -1)


def fold_norm(conv: Conv, norm: Norm) -> Tuple[Tensor, Tensor]:
    """Weights of a convolution that does what both layers do in eval.

    norm(w x + b) = (s w) x + s (b - mean) + bias with s = weight / sqrt(var +
    eps).

    Args:
        conv (nn.Conv1d | nn.Conv2d): Convolution.
        norm (nn.BatchNorm1d | nn.BatchNorm2d): With running statistics.

    Returns:
        tuple[Tensor, Tensor]: Weight, as that of ``conv``, and bias (C', ).
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


def is_quick(conv: nn.Module, norm: nn.Module, x: Tensor) -> bool:
    """Whether `conv_norm` changes nothing but the time.

    Only ordinary layers in eval with running statistics and without hooks,
    which would not be called; single precision, see `only_results`.

    Args:
        conv (nn.Module): Convolution.
        norm (nn.Module): Norm layer.
        x (Tensor): What goes in.
    """
    return (
        type(conv) in (nn.Conv1d, nn.Conv2d, Conv2d)
        and type(norm) in (nn.BatchNorm1d, nn.BatchNorm2d)
        and not norm.training
        and norm.running_mean is not None
        and conv.padding_mode == 'zeros'
        and conv.weight.dtype == norm.running_mean.dtype == x.dtype == torch.float32
        and not has_hooks(conv)
        and not has_hooks(norm)
        and only_results(x)
    )


def has_hooks(module: nn.Module) -> bool:
    """Whether somebody wants to be called when the module runs."""
    return bool(module._forward_hooks or module._forward_pre_hooks)


def only_results(x: Tensor) -> bool:
    """Whether this is a forward pass on a CPU, not traced, no gradients."""
    return (
        x.device.type == 'cpu'
        and not torch.is_grad_enabled()
        and not torch.jit.is_tracing()
        and not torch.onnx.is_in_onnx_export()
    )
