"""Faster inference of any recognizer on a CPU."""

from types import TracebackType
from typing import Any, Callable, Dict, Iterable, List, Optional, Tuple, Type, Union

from mmaction.models.backbones.resnet_tsm import TemporalShift
from mmaction.models.common import Conv2plus1d
from mmcv.cnn import ConvModule
from torch import Tensor, nn

from .conv_norm import can_fold, channels_last, conv_norm, keep_folds
from .fast_forward import (
    Condition,
    FastForward,
    accelerates,
    install,
    installed,
    is_accelerated,
    qualified_name,
    untouched,
)
from .temporal_shift import shifted_in_place, temporal_shift


class Acceleration:
    """Handle of `accelerate`, also a context manager.

    Args:
        model (nn.Module): The accelerated model.
        paths (Iterable[FastForward]): Its installed fast functions.
    """

    def __init__(self, model: nn.Module, paths: Iterable[FastForward]) -> None:
        self.model = model
        self.paths: List[FastForward] = list(paths)

    def undo(self) -> None:
        """Restore the modules; may be called again."""
        for path in self.paths:
            path.remove()
        self.paths = []
        keep_folds(self.model, False)
        clear_caches(self.model)

    def __enter__(self) -> 'Acceleration':
        """Enter the context."""
        return self

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        """Undo the acceleration."""
        self.undo()


def accelerate(model: nn.Module, keep: bool = False) -> Acceleration:
    """Accelerate the inference of a model on a CPU.

    In eval mode and without gradients, norm layers are folded into the
    convolutions before them, maps have their channels last in memory, and residual
    blocks shift and add in place where nothing else, such as a hook, holds the map.
    Results differ by rounding. In training, with gradients, hooks, half precision or
    autocast, on other devices and in tracing or export, the model computes the same as
    before, bit for bit. Parameters, buffers, their names and the classes of modules do
    not change; changed weights take effect at once.

    The gain depends on the network and grows with the frames. For 64 x 64 pixels the
    conversion of weights can cost more than it saves, unless they are kept.

    A copy (`copy.copy`, `copy.deepcopy`) or pickle of the model is accelerated as
    well, independent of the original; `decelerate` restores it. As without
    acceleration, a shallow copy shares its children with the original. Replicas of
    `DataParallel` are not accelerated.

    Args:
        model (nn.Module): Any model; it is changed in place. Modules that are
            accelerated already are skipped.
        keep (bool): Keep folded weights between calls, in addition to the model's
            own. Changes of the model in place through `.data` are then not noticed;
            see `keep_folds`.

    Returns:
        Acceleration: Its `undo` restores the model.

    Example:
        >>> with accelerate(model), torch.no_grad():
        ...     scores = model(frames)
    """
    handle = Acceleration(model, install(model))
    if keep:
        keep_folds(model, True)
    clear_caches(model)
    return handle


def decelerate(model: nn.Module) -> None:
    """Restore a model without the handle of its acceleration.

    Args:
        model (nn.Module): An accelerated model, or a copy of one.
    """
    Acceleration(model, installed(model)).undo()


def clear_caches(model: nn.Module) -> None:
    """Call `clear_cache` of modules that keep results between calls.

    Args:
        model (nn.Module): Any model.
    """
    for module in model.modules():
        clear = getattr(module, 'clear_cache', None)
        if callable(clear):
            clear()


@accelerates(ConvModule)
def _conv_module(
    module: ConvModule, x: Tensor, activate: bool = True, norm: bool = True
) -> Tensor:
    out = _fused(module, x, activate=activate, norm=norm)
    return ConvModule.forward(module, x, activate, norm) if out is None else out


def _fused(
    module: Any,
    x: Tensor,
    added: Optional[Tensor] = None,
    relu: bool = False,
    activate: bool = True,
    norm: bool = True,
    in_place: bool = False,
    is_shifted: bool = False,
) -> Optional[Tensor]:
    """Run a `ConvModule`, a sum and a ReLU; None if it must be called itself.

    With `in_place` the result may be stored in `added`. `is_shifted`: the temporal
    shift of the module is done.
    """
    conv, wrapper = module.conv, None
    if type(conv) in (TemporalShift, Conv2plus1d) and untouched(conv):
        wrapper = conv
        conv = conv.net if type(conv) is TemporalShift else conv.conv_t
    layer = module.norm if norm and module.with_norm else None
    if (
        module.order != ('conv', 'norm', 'act')
        or module.with_explicit_padding
        or getattr(module, 'efficient_conv_bn_eval_forward', None) is not None
        or not can_fold(conv, layer, x)
    ):
        return None
    if type(wrapper) is TemporalShift:
        x = x if is_shifted else _shift(wrapper, x)
    elif wrapper is not None:
        x = _conv_in_space(wrapper, x)
    if not (activate and module.with_activation):
        return conv_norm(conv, layer, x, added, relu, in_place)
    if is_relu(module.activate):
        return conv_norm(conv, layer, x, relu=True)
    return module.activate(conv_norm(conv, layer, x))


def is_relu(module: nn.Module) -> bool:
    """True for a ReLU whose call may be left out."""
    return type(module) is nn.ReLU and untouched(module)


Run = Callable[[Any, Tensor, bool], Tuple[Tensor, bool]]
# Fast functions of residual blocks by the qualified name of their class. They get the
# input and if they may overwrite it, and return the result and if it may be
# overwritten: nothing else, such as a hook, has it.
_RESIDUAL: Dict[str, Run] = {}


def accelerates_residual(
    *kinds: Union[type, str], when: Condition = lambda block: True
) -> Callable[[Run], Run]:
    """Register the fast function of residual blocks, see `_RESIDUAL`.

    In an `nn.Sequential` of blocks each adds its result to the one before in place:
    new memory takes longer than the sum.

    Args:
        *kinds (type | str): As for `accelerates`.
        when (Callable): As for `accelerates`.

    Returns:
        Callable: Decorator.
    """

    def decorate(run: Run) -> Run:
        accelerates(*kinds, when=when)(_residual)
        _RESIDUAL.update((qualified_name(kind), run) for kind in kinds)
        return run

    return decorate


def _residual(block: Any, x: Tensor) -> Tensor:
    return _RESIDUAL[qualified_name(type(block))](block, x, False)[0]


@accelerates_residual(
    'mmaction.models.backbones.resnet.BasicBlock',
    'mmaction.models.backbones.resnet.Bottleneck',
    'mmaction.models.backbones.resnet3d.BasicBlock3d',
    'mmaction.models.backbones.resnet3d.Bottleneck3d',
)
def _block_of_modules(block: Any, x: Tensor, own: bool) -> Tuple[Tensor, bool]:
    if not is_plain_block(block):
        return type(block).forward(block, x), False
    own = own and untouched(*block.conv1.modules())
    inner = _first_module(block.conv1, x, own and block.downsample is None)
    return end_of_block(block, inner, *run_shortcut(block.downsample, x, own))


def is_plain_block(block: Any) -> bool:
    """True if the end of a block may be computed without its calls.

    Args:
        block (nn.Module): Residual block of MMAction2.
    """
    last = _last_module(block)
    return type(last) is ConvModule and untouched(last) and is_relu(block.relu)


def _last_module(block: Any) -> Any:
    return block.conv3 if hasattr(block, 'conv3') else block.conv2


def end_of_block(
    block: Any, inner: Tensor, identity: Tensor, own: bool
) -> Tuple[Tensor, bool]:
    """Run a residual block from its second convolution on.

    Args:
        block (nn.Module): Residual block of MMAction2, see `is_plain_block`.
        inner (Tensor): Result of its first convolution.
        identity (Tensor): Its shortcut.
        own (bool): The shortcut may be overwritten.

    Shape:
        - inner, identity: (N, C, L), (N, C, H, W) or (N, C, T, H, W).

    Returns:
        tuple[Tensor, bool]: The result, and if it may be overwritten.
    """
    last = _last_module(block)
    if last is not block.conv2:
        inner = block.conv2(inner)
    out = _fused(last, inner, identity, True, in_place=own)
    is_new = out is not None
    if out is None:
        out = block.relu(last(inner) + identity)
    if getattr(block, 'non_local', False):
        out, is_new = block.non_local_block(out), False
    return out, is_new


def _first_module(module: Any, x: Tensor, own: bool) -> Tensor:
    """Run the first convolution; shift a map in place if it may be overwritten."""
    shift: Any = getattr(module, 'conv', None)
    if not (own and type(shift) is TemporalShift and type(module) is ConvModule):
        return module(x)
    with shifted_in_place(x, shift.num_segments, shift.shift_div) as shifted:
        out = _fused(module, shifted, is_shifted=True)
    return module(x) if out is None else out


def run_shortcut(
    shortcut: Optional[nn.Module], x: Tensor, own: bool
) -> Tuple[Tensor, bool]:
    """Run the shortcut of a residual block.

    Args:
        shortcut (nn.Module, optional): None for the input itself.
        x (Tensor): Input of the block. Shape: any.
        own (bool): The input may be overwritten.

    Returns:
        tuple[Tensor, bool]: The result, and if it may be overwritten.
    """
    if shortcut is None or type(shortcut) is nn.Identity and untouched(shortcut):
        return x, own
    out = shortcut(x)
    shared = out.untyped_storage().data_ptr() == x.untyped_storage().data_ptr()
    return out, not shared and untouched(*shortcut.modules())


def _shift(module: TemporalShift, x: Tensor) -> Tensor:
    return temporal_shift(channels_last(x), module.num_segments, module.shift_div)


@accelerates(TemporalShift)
def _temporal_shift(module: TemporalShift, x: Tensor) -> Tensor:
    return module.net(_shift(module, x))


def _conv_in_space(module: Conv2plus1d, x: Tensor) -> Tensor:
    if is_relu(module.relu):
        return conv_norm(module.conv_s, module.bn_s, x, relu=True)
    return module.relu(conv_norm(module.conv_s, module.bn_s, x))


@accelerates(Conv2plus1d)
def _conv_2plus1d(module: Conv2plus1d, x: Tensor) -> Tensor:
    return conv_norm(module.conv_t, None, _conv_in_space(module, x))


def _steps(layers: Iterable[nn.Module]) -> List[Tuple[Any, Any, bool]]:
    """Layers in order, each convolution with the norm layer and the ReLU after it."""
    steps: List[Tuple[Any, Any, bool]] = []
    for layer in layers:
        before, norm, relu = steps[-1] if steps else (None, None, False)
        if isinstance(before, nn.modules.conv._ConvNd) and not relu:
            if norm is None and isinstance(layer, nn.modules.batchnorm._BatchNorm):
                steps[-1] = before, layer, False
                continue
            if norm is not None and is_relu(layer):
                steps[-1] = before, norm, True
                continue
        steps.append((layer, None, False))
    return steps


def _runs_faster(layers: nn.Sequential) -> bool:
    """True if any step has a faster function."""
    return any(
        norm is not None or qualified_name(type(layer)) in _RESIDUAL
        for layer, norm, _ in _steps(layers)
    )


@accelerates(nn.Sequential, when=_runs_faster)
def _sequential(module: nn.Sequential, x: Any) -> Any:
    return run_layers(module, x, False)


def run_layers(layers: Iterable[nn.Module], x: Any, own: bool) -> Any:
    """Run layers one after the other.

    Args:
        layers (Iterable[nn.Module]): Layers; blocks of an accelerated model are run
            in place.
        x (object): Input of the first one. Shape: any.
        own (bool): The input may be overwritten.

    Returns:
        object: Output of the last one. Shape: as its output.
    """
    for layer, norm, relu in _steps(layers):
        run = _RESIDUAL.get(qualified_name(type(layer)))
        if norm is not None:
            x, own = conv_norm(layer, norm, x, relu=relu), False
        elif run and is_accelerated(layer) and not layer.training and untouched(layer):
            x, own = run(layer, x, own)
        else:
            x, own = layer(x), False
    return x


@accelerates_residual(
    'mmdet.models.backbones.resnet.BasicBlock', when=lambda block: hasattr(block, 'bn1')
)
@accelerates_residual(
    'torchvision.models.resnet.BasicBlock', 'torchvision.models.resnet.Bottleneck'
)
def residual_block(block: Any, x: Tensor, own: bool) -> Tuple[Tensor, bool]:
    """Fast function of blocks with plain layers `conv1`, `bn1` and so on.

    Args:
        block (nn.Module): The block.
        x (Tensor): Its input. Shape: (N, C, H, W) or (N, C, T, H, W).
        own (bool): Its input may be overwritten.

    Returns:
        tuple[Tensor, bool]: The result, and if it may be overwritten.
    """
    if not is_relu(block.relu):
        return type(block).forward(block, x), False
    out = conv_norm(block.conv1, block.bn1, x, relu=True)
    own = own and untouched(block.conv1)
    identity, own = run_shortcut(block.downsample, x, own)
    last = block.conv2, block.bn2
    if hasattr(block, 'conv3'):
        out = conv_norm(*last, out, relu=True)
        last = block.conv3, block.bn3
    return conv_norm(*last, out, identity, True, own), True


@accelerates('torchvision.models.resnet.ResNet')
def _torchvision_resnet(net: Any, x: Tensor) -> Tensor:
    x = net.maxpool(net.relu(conv_norm(net.conv1, net.bn1, x)))
    x = net.layer4(net.layer3(net.layer2(net.layer1(x))))
    return net.fc(net.avgpool(x).flatten(1))
