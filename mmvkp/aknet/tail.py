"""2D stages compacted to 1D, for ordered sequences of points."""

from copy import deepcopy
from typing import Callable, Dict, Sequence, Tuple

import torch
from mmaction.models.backbones.resnet_tsm import NL3DWrapper, TemporalShift
from mmaction.models.backbones.tanet import TABlock
from mmcv.cnn import ConvModule
from torch import Tensor, nn

# Modules of a host that look along the time axis, which a sequence of points
# does not have, and what is left of each without it. Others may offer a
# method `without_time` that returns a composite module.
_WITHOUT_TIME: Dict[type, Callable[[nn.Module], nn.Module]] = {
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
    """Shift a share of the channels by one point, both ways.

    The temporal shift of TSM for a sequence that has no time axis; ends are
    filled with zeros.

    Args:
        net (nn.Module): Layer that takes the shifted sequence.
        shift_div (int): One of so many channels is shifted each way.

    Shape:
        - seq: (N, C, L).
        - returns: what ``net`` makes of it.
    """

    def __init__(self, net: nn.Module, shift_div: int = 8) -> None:
        super().__init__()
        self.net = net
        self.shift_div = shift_div

    def forward(self, seq: Tensor) -> Tensor:
        """Shift and pass on; see the class for the shapes."""
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


class PointSequenceTail(nn.Sequential):
    """The last stages of a 2D network as a network of point sequences.

    Made from the host's own modules (Eq. 11): k x k kernels are summed over
    their columns to k, 1 x 1 kernels and norm layers stay as they are, blocks
    and shortcuts keep their structure. A stride s becomes s * s, since a map
    loses that share of its cells; this is the only reading that gives the
    paper's GFLOPs. What looks along time is left out: neighbours in the
    sequence may come from different frames, so the kernels look along time
    themselves. A convolution in front of a norm layer loses its bias, which
    the mean of that layer takes over.

    Args:
        stages (Sequence[nn.Module]): 2D stages, in order.
        names (Sequence[str]): Their names in the host.
        shift (bool): Keep the temporal shift of a TSM as a shift by one
            point.

    Shape:
        - seq: (N, C, L), in the order of the points.
        - returns: (N, C', L'), L' = ceil(L / strides^2).

    Raises:
        ValueError: If a stage has a layer that has no 1D counterpart, or
            ``shift`` is asked for where nothing is shifted.

    Source: "Action Keypoint Network for Efficient Video Recognition", section
    III-B.
    """

    def __init__(
        self, stages: Sequence[nn.Module], names: Sequence[str], shift: bool = False
    ) -> None:
        super().__init__()
        for name, stage in zip(names, stages):
            self.add_module(name, compact(stage, name, shift))
        if shift and not any(
            isinstance(each, SequenceShift) for each in self.modules()
        ):
            raise ValueError(
                'AKNet: tail_shift=True, but the host shifts nothing in '
                f'{list(names)}; take it out or choose ResNetTSM as base.'
            )


def compact(module: nn.Module, name: str = '', shift: bool = False) -> nn.Module:
    """Make the 1D counterpart of a 2D module; the module stays as it is.

    Args:
        module (nn.Module): Layer, block or stage.
        name (str): Its name in the host, for errors.
        shift (bool): Keep temporal shifts as `SequenceShift`.

    Returns:
        nn.Module: With the weights of ``module``, on its device.

    Raises:
        ValueError: If a layer has no 1D counterpart.
    """
    if isinstance(module, nn.Conv2d):
        return compact_conv(module, name)
    if isinstance(module, nn.BatchNorm2d):
        norm = nn.BatchNorm1d(
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
            'stages behind select_stage are made of convolutions, norm '
            'layers and activations, or a later select_stage.'
        )
    return _compact_children(module, name, shift)


def _compact_children(module: nn.Module, name: str, shift: bool) -> nn.Module:
    """Copy a composite module with compacted children."""
    own = [
        key
        for key, value in (
            *module.named_parameters(recurse=False),
            *module.named_buffers(recurse=False),
        )
    ]
    if own:
        raise ValueError(
            f'AKNet: {name} of the host is a {type(module).__name__} with '
            f'{own} of its own, of which it is not known what they are for '
            'sequences of points; choose another host, or a later '
            'select_stage.'
        )
    # A shallow copy and not a deep one: the 2D weights would be copied only
    # to be thrown away.
    result = deepcopy(module, {id(child): nn.Identity() for child in module.children()})
    for key, child in module._modules.items():
        if child is not None:
            setattr(result, key, compact(child, f'{name}.{key}', shift))
    if (
        isinstance(result, ConvModule)
        and result.with_norm
        and (result.order[:2] == ('conv', 'norm'))
    ):
        _move_bias(result)
    return result


def _move_bias(module: ConvModule) -> None:
    """Let the mean of the norm layer take over the bias in front of it."""
    conv = next(each for each in module.conv.modules() if isinstance(each, nn.Conv1d))
    mean = getattr(module.norm, 'running_mean', None)
    if conv.bias is None or mean is None:
        return
    with torch.no_grad():
        mean -= conv.bias.to(mean.dtype)
    conv.bias = None


def compact_conv(conv: nn.Conv2d, name: str = '') -> nn.Conv1d:
    """Sum a kernel over its columns (Eq. 11).

    Args:
        conv (nn.Conv2d): Square kernel, stride, padding and dilation.
        name (str): Its name in the host, for errors.

    Returns:
        nn.Conv1d: The same but for the square of the stride.

    Shape:
        - conv.weight: (C', C / groups, k, k).
        - returns: weight (C', C / groups, k).

    Raises:
        ValueError: If kernel, stride, padding or dilation are not square.
    """
    sizes = (conv.kernel_size, conv.stride, conv.padding, conv.dilation)
    if (
        any(isinstance(size, str) or len(set(size)) > 1 for size in sizes)
        or conv.padding_mode != 'zeros'
    ):
        raise ValueError(
            f'AKNet: {name} of the host, {conv}, is not the same along rows '
            'and columns, so it cannot be compacted to one axis; choose '
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
            result.bias.copy_(conv.bias)
    return _as(result, conv)


def _compact_pool(pool: nn.Module, name: str) -> nn.Module:
    """Pooling along the sequence."""
    kernel, stride, padding = (
        size if isinstance(size, int) or len(set(size)) > 1 else size[0]
        for size in (pool.kernel_size, pool.stride, pool.padding)
    )
    if not all(isinstance(size, int) for size in (kernel, stride, padding)):
        raise ValueError(
            f'AKNet: {name} of the host, {pool}, is not the same '
            'along rows and columns.'
        )
    sizes = (kernel, stride**2, padding)
    if isinstance(pool, nn.MaxPool2d):
        return nn.MaxPool1d(*sizes, dilation=pool.dilation, ceil_mode=pool.ceil_mode)
    return nn.AvgPool1d(
        *sizes, ceil_mode=pool.ceil_mode, count_include_pad=pool.count_include_pad
    )


def _as(made: nn.Module, model: nn.Module) -> nn.Module:
    """Take over mode, device, type and what is frozen."""
    made.train(model.training)
    example = next(model.parameters(), None)
    if example is not None:
        made.to(device=example.device, dtype=example.dtype)
    for name, parameter in made.named_parameters(recurse=False):
        parameter.requires_grad_(getattr(model, name).requires_grad)
    return made


def load_compacted(tail: nn.Module, host: Sequence[Tuple[str, nn.Module]]) -> None:
    """Bring the weights of a host's stages into an existing tail.

    Args:
        tail (nn.Module): A `PointSequenceTail` of such a host.
        host (Sequence[tuple[str, nn.Module]]): 2D stages by name.
    """
    shift = any(isinstance(each, SequenceShift) for each in tail.modules())
    fresh = PointSequenceTail(
        [stage for _, stage in host], [name for name, _ in host], shift
    )
    tail.load_state_dict(fresh.state_dict())
