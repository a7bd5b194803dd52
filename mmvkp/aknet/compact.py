"""1D counterparts of 2D modules, for sequences of points."""

from copy import deepcopy
from typing import Any, Callable, Dict, List, TypeVar, cast

import torch
from mmaction.models.backbones.resnet_tsm import NL3DWrapper, TemporalShift
from mmaction.models.backbones.tanet import TABlock
from mmcv.cnn import ConvModule
from torch import Tensor, nn

from ..recognition.small_batch_norm import SmallBatchNorm1d

T = TypeVar('T', bound=nn.Module)
# Temporal modules of hosts and the part that remains without them: a sequence of
# points has no time axis. Other modules may have a method `without_time` that
# returns a composite module.
_WITHOUT_TIME: Dict[type, Callable[[Any], nn.Module]] = {
    TemporalShift: lambda module: module.net,
    TABlock: lambda module: module.block,
}
_SHAPELESS = (
    nn.ReLU,
    nn.ReLU6,
    nn.Identity,
    nn.Dropout,
    nn.SiLU,
    nn.GELU,
    nn.Hardswish,
    nn.Sigmoid,
    nn.GroupNorm,
    nn.SyncBatchNorm,
)


class SequenceShift(nn.Module):
    """Shift a share of the channels by one point, in both directions.

    The temporal shift of TSM along a sequence; the ends are filled with zeros.

    Args:
        net (nn.Module): Layer that takes the shifted sequence.
        shift_div (int): One channel in `shift_div` is shifted in each direction.

    Shape:
        - seq: (N, C, L).
        - returns: as of `net` for an input (N, C, L).
    """

    def __init__(self, net: nn.Module, shift_div: int = 8) -> None:
        super().__init__()
        self.net = net
        self.shift_div = shift_div

    def forward(self, seq: Tensor) -> Tensor:
        """Shift, then run the layer; see the class for the shapes."""
        fold = seq.shape[1] // self.shift_div
        left, right, rest = seq.split((fold, fold, seq.shape[1] - 2 * fold), 1)
        shifted = torch.cat(
            (
                nn.functional.pad(left[:, :, 1:], (0, 1)),
                nn.functional.pad(right[:, :, :-1], (1, 0)),
                rest,
            ),
            1,
        )
        return self.net(shifted)


def compact(module: Any, name: str = '', shift: bool = False) -> nn.Module:
    """Make the 1D counterpart of a 2D module; the module is not changed.

    Args:
        module (nn.Module): Layer, block or stage.
        name (str): Its name in the host, for errors.
        shift (bool): Keep temporal shifts as `SequenceShift`.

    Returns:
        nn.Module: With the compacted weights, on the same device.

    Raises:
        ValueError: If a layer has no 1D counterpart.
    """
    if isinstance(module, nn.Conv2d):
        return compact_conv(module, name)
    if isinstance(module, nn.BatchNorm2d):
        norm = SmallBatchNorm1d(
            module.num_features,
            module.eps,
            module.momentum,
            module.affine,
            module.track_running_stats,
        )
        norm.load_state_dict(module.state_dict())
        return _as(norm, module)
    if isinstance(module, (nn.MaxPool2d, nn.AvgPool2d)):
        return _compact_pool(module, name)
    if isinstance(module, TemporalShift) and shift:
        return SequenceShift(
            compact(module.net, f'{name}.net', shift), module.shift_div
        )
    for kind, plain in _WITHOUT_TIME.items():
        if isinstance(module, kind):
            return compact(plain(module), name, shift)
    if hasattr(module, 'without_time'):
        return _compact_children(module.without_time(), name, shift)
    if isinstance(module, _SHAPELESS):
        return deepcopy(module)
    if isinstance(module, NL3DWrapper) or not list(module.children()):
        raise ValueError(
            f'AKNet: {name} of the host is a {type(module).__name__}, which '
            'has no counterpart for sequences of points; choose a host whose '
            'stages after select_stage consist of convolutions, norm '
            'layers and activations, or a later select_stage.'
        )
    return _compact_children(module, name, shift)


def _compact_children(module: nn.Module, name: str, shift: bool) -> nn.Module:
    """Copy a composite module with compacted children."""
    own = [key for key, _ in module.named_parameters(recurse=False)]
    own += [key for key, _ in module.named_buffers(recurse=False)]
    if own:
        raise ValueError(
            f'AKNet: {name} of the host is a {type(module).__name__} with '
            f'{own} of its own, which have no known counterpart for sequences of '
            'points; choose another host, or a later select_stage.'
        )
    result = _copy_with(module, lambda key, each: compact(each, f'{name}.{key}', shift))
    if isinstance(result, ConvModule) and result.with_norm:
        if result.order[:2] == ('conv', 'norm'):
            _move_bias(result)
    return result


def _move_bias(module: ConvModule) -> None:
    """Move the bias of the convolution into the mean of the norm layer."""
    conv = next(each for each in module.conv.modules() if isinstance(each, nn.Conv1d))
    mean = getattr(module.norm, 'running_mean', None)
    if conv.bias is None or mean is None:
        return
    with torch.no_grad():
        mean -= conv.bias.to(mean.dtype)
    conv.bias = None


def compact_conv(conv: Any, name: str = '') -> nn.Conv1d:
    """Sum a kernel over its columns (Eq. 11).

    Args:
        conv (nn.Conv2d): Square kernel, stride, padding and dilation.
        name (str): Its name in the host, for errors.

    Returns:
        nn.Conv1d: 1D convolution; its stride is squared.

    Shape:
        - conv.weight: (C', C / groups, k, k).
        - returns: weight (C', C / groups, k).

    Raises:
        ValueError: If kernel, stride, padding or dilation is not square.
    """
    sizes = (conv.kernel_size, conv.stride, conv.padding, conv.dilation)
    if (
        any(isinstance(size, str) or len(set(size)) > 1 for size in sizes)
        or conv.padding_mode != 'zeros'
    ):
        raise ValueError(
            f'AKNet: {name} of the host, {conv}, differs along rows and '
            'columns, so it cannot be compacted to one axis; choose '
            'another host, or a later select_stage.'
        )
    kernel, stride, padding, dilation = (size[0] for size in sizes)
    result = nn.Conv1d(
        conv.in_channels,
        conv.out_channels,
        kernel,
        stride=stride**2,
        padding=padding,
        dilation=dilation,
        groups=conv.groups,
        bias=conv.bias is not None,
    )
    with torch.no_grad():
        result.weight.copy_(conv.weight.sum(-1))
        if conv.bias is not None:
            cast(Tensor, result.bias).copy_(conv.bias)
    return _as(result, conv)


def _compact_pool(pool: Any, name: str) -> nn.Module:
    """1D pooling along the sequence."""
    sizes: List[int] = []
    for size in (pool.kernel_size, pool.stride, pool.padding):
        values = (size,) if isinstance(size, int) else size
        if len(set(values)) > 1:
            raise ValueError(
                f'AKNet: {name} of the host, {pool}, differs along rows and columns.'
            )
        sizes.append(values[0])
    kernel, stride, padding = sizes
    if isinstance(pool, nn.MaxPool2d):
        return nn.MaxPool1d(
            kernel, stride**2, padding, dilation=pool.dilation, ceil_mode=pool.ceil_mode
        )
    return nn.AvgPool1d(
        kernel,
        stride**2,
        padding,
        ceil_mode=pool.ceil_mode,
        count_include_pad=pool.count_include_pad,
    )


def as_row(module: Any) -> nn.Module:
    """Make the network of maps of one row that computes the same as a 1D network.

    Args:
        module (nn.Module): Result of `compact` without `SequenceShift`; not changed.

    Returns:
        nn.Module: For maps (N, C, 1, L), with the same weights, in eval mode.
    """
    made: Any
    if isinstance(module, nn.Conv1d):
        made = nn.Conv2d(
            module.in_channels,
            module.out_channels,
            groups=module.groups,
            bias=module.bias is not None,
            **_row_sizes(module),
        )
        weights = dict(module.state_dict(), weight=module.weight.unsqueeze(2))
        made.load_state_dict(weights)
        return _as(made, module)
    if isinstance(module, nn.BatchNorm1d):
        made = nn.BatchNorm2d(module.num_features, module.eps, affine=module.affine)
        made.load_state_dict(module.state_dict())
        return _as(made, module).eval()
    if isinstance(module, nn.MaxPool1d):
        return nn.MaxPool2d(ceil_mode=module.ceil_mode, **_row_sizes(module))
    if isinstance(module, nn.AvgPool1d):
        return nn.AvgPool2d(
            ceil_mode=module.ceil_mode,
            count_include_pad=module.count_include_pad,
            **_row_sizes(module),
        )
    return _copy_with(module, lambda _, child: as_row(child))


def _copy_with(
    module: nn.Module, convert: Callable[[str, nn.Module], nn.Module]
) -> nn.Module:
    """Copy a composite module with converted children."""
    # Without its children: a deep copy of their weights would be discarded.
    result = deepcopy(module, {id(child): nn.Identity() for child in module.children()})
    for key, child in module._modules.items():
        if child is not None:
            setattr(result, key, convert(key, child))
    return result


def _row_sizes(module: Any) -> Dict[str, Any]:
    """Sizes of a 1D layer for a map of one row."""
    sizes = {}
    for name, row in (
        ('kernel_size', 1),
        ('stride', 1),
        ('padding', 0),
        ('dilation', 1),
    ):
        if hasattr(module, name):
            value = getattr(module, name)
            sizes[name] = (row, value[0] if isinstance(value, tuple) else value)
    return sizes


def _as(made: T, model: nn.Module) -> T:
    """Copy mode, device, type and frozen parameters."""
    made.train(model.training)
    example = next(model.parameters(), None)
    if example is not None:
        made.to(device=example.device, dtype=example.dtype)
    for name, parameter in made.named_parameters(recurse=False):
        parameter.requires_grad_(getattr(model, name).requires_grad)
    return made
