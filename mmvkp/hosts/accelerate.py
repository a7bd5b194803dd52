"""Fast functions of this package's modules; see `mmvkp.recognition.accelerate`."""

from typing import Any

from torch import Tensor

from ..recognition.conv_norm import conv_norm
from ..recognition.fast_forward import accelerates, untouched
from .multi_fiber import MultiFiberUnit
from .resnext_block3d import ResNeXtBlock3d


@accelerates(ResNeXtBlock3d)
def _resnext_block(block: Any, x: Tensor) -> Tensor:
    out = block.relu(conv_norm(block.conv1, block.bn1, x))
    out = block.relu(conv_norm(block.conv2, block.bn2, out))
    out = conv_norm(block.conv3, block.bn3, out)
    return block.relu(out + (x if block.downsample is None else block.downsample(x)))


@accelerates(MultiFiberUnit)
def _multi_fiber_unit(unit: Any, x: Tensor) -> Tensor:
    if not untouched(unit.mix_in, unit.mix_out, unit.conv1, unit.conv2):
        return MultiFiberUnit.forward(unit, x)
    # Each layer is norm, ReLU, convolution: the norm of the second layer follows
    # the convolution of the first.
    first, second = unit.mix_in, unit.mix_out
    out = conv_norm(first.conv, second.norm, first.relu(first.norm(x)))
    mixed = x + conv_norm(second.conv, None, second.relu(out))
    first, second = unit.conv1, unit.conv2
    out = conv_norm(first.conv, second.norm, first.relu(first.norm(mixed)))
    out = conv_norm(second.conv, None, second.relu(out))
    return out + (x if unit.shortcut is None else unit.shortcut(x))
