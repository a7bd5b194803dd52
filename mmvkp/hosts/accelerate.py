"""Fast functions of this package's modules; see `mmvkp.recognition.accelerate`."""

from typing import Any

from torch import Tensor

from ..recognition.accelerate import accelerates_residual, is_relu, residual_block
from ..recognition.conv_norm import conv_norm
from ..recognition.fast_forward import accelerates, untouched
from .multi_fiber import MultiFiberUnit
from .resnext3d import ResNeXt3d
from .resnext_block3d import ResNeXtBlock3d

accelerates_residual(ResNeXtBlock3d)(residual_block)


@accelerates(ResNeXt3d)
def _resnext(net: Any, x: Tensor) -> Tensor:
    net.check_input(x)
    return net.compute_stages(net.relu(conv_norm(net.conv1, net.bn1, x)))


@accelerates(MultiFiberUnit)
def _multi_fiber_unit(unit: Any, x: Tensor) -> Tensor:
    layers = (unit.mix_in, unit.mix_out, unit.conv1, unit.conv2)
    if not (untouched(*layers) and all(is_relu(each.relu) for each in layers)):
        return MultiFiberUnit.forward(unit, x)
    mixed = _two_layers(unit.mix_in, unit.mix_out, x, x)
    shortcut = x if unit.shortcut is None else unit.shortcut(x)
    return _two_layers(unit.conv1, unit.conv2, mixed, shortcut)


def _two_layers(first: Any, second: Any, x: Tensor, added: Tensor) -> Tensor:
    """Two layers and a sum.

    Each layer is norm, ReLU, convolution: the norm of the second layer follows the
    convolution of the first.
    """
    x = first.relu(first.norm(x))
    x = conv_norm(first.conv, second.norm, x, relu=True)
    return conv_norm(second.conv, None, x, added)
