"""Faster inference of any recognizer on a CPU."""

from types import TracebackType
from typing import Any, Iterable, List, Optional, Tuple, Type

from mmaction.models.backbones.resnet_tsm import TemporalShift
from mmaction.models.common import Conv2plus1d
from mmcv.cnn import ConvModule
from torch import Tensor, nn

from .conv_norm import can_fold, channels_last, conv_norm, keep_folds
from .fast_forward import FastForward, accelerates, install, installed, untouched
from .temporal_shift import temporal_shift


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
    convolutions before them, maps have their channels last in memory, and a
    temporal shift copies its map once. Results differ by rounding. In training,
    with gradients, hooks, half precision or autocast, on other devices and in
    tracing or export, the model computes the same as before, bit for bit.
    Parameters, buffers, their names and the classes of modules do not change;
    changed weights take effect at once.

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
) -> Optional[Tensor]:
    """Run a `ConvModule`, a sum and a ReLU; None if it must be called itself."""
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
        x = _shift(wrapper, x)
    elif wrapper is not None:
        x = _conv_in_space(wrapper, x)
    if not (activate and module.with_activation):
        return conv_norm(conv, layer, x, added, relu)
    if is_relu(module.activate):
        return conv_norm(conv, layer, x, relu=True)
    return module.activate(conv_norm(conv, layer, x))


def is_relu(module: nn.Module) -> bool:
    """True for a ReLU whose call may be left out."""
    return type(module) is nn.ReLU and untouched(module)


@accelerates(
    'mmaction.models.backbones.resnet.BasicBlock',
    'mmaction.models.backbones.resnet.Bottleneck',
    'mmaction.models.backbones.resnet3d.BasicBlock3d',
    'mmaction.models.backbones.resnet3d.Bottleneck3d',
)
def _block_of_modules(block: Any, x: Tensor) -> Tensor:
    last = block.conv3 if hasattr(block, 'conv3') else block.conv2
    if type(last) is not ConvModule or not untouched(last) or not is_relu(block.relu):
        return type(block).forward(block, x)
    inner = block.conv1(x)
    if last is not block.conv2:
        inner = block.conv2(inner)
    identity = x if block.downsample is None else block.downsample(x)
    out = _fused(last, inner, identity, True)
    if out is None:
        out = block.relu(last(inner) + identity)
    return block.non_local_block(out) if getattr(block, 'non_local', False) else out


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


def _steps(layers: nn.Sequential) -> List[Tuple[Any, Any, bool]]:
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


@accelerates(
    nn.Sequential,
    when=lambda layers: any(norm is not None for _, norm, _ in _steps(layers)),
)
def _sequential(module: nn.Sequential, x: Any) -> Any:
    for layer, norm, relu in _steps(module):
        x = layer(x) if norm is None else conv_norm(layer, norm, x, relu=relu)
    return x


@accelerates(
    'mmdet.models.backbones.resnet.BasicBlock', when=lambda block: hasattr(block, 'bn1')
)
@accelerates(
    'torchvision.models.resnet.BasicBlock', 'torchvision.models.resnet.Bottleneck'
)
def residual_block(block: Any, x: Tensor) -> Tensor:
    """Fast function of blocks with plain layers `conv1`, `bn1` and so on."""
    if not is_relu(block.relu):
        return type(block).forward(block, x)
    out = conv_norm(block.conv1, block.bn1, x, relu=True)
    identity = x if block.downsample is None else block.downsample(x)
    if not hasattr(block, 'conv3'):
        return conv_norm(block.conv2, block.bn2, out, identity, True)
    out = conv_norm(block.conv2, block.bn2, out, relu=True)
    return conv_norm(block.conv3, block.bn3, out, identity, True)


@accelerates('torchvision.models.resnet.ResNet')
def _torchvision_resnet(net: Any, x: Tensor) -> Tensor:
    x = net.maxpool(net.relu(conv_norm(net.conv1, net.bn1, x)))
    x = net.layer4(net.layer3(net.layer2(net.layer1(x))))
    return net.fc(net.avgpool(x).flatten(1))
