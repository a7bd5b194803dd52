"""Convolutions and layers of the blocks of `AFMobileNetV3`."""

from collections import OrderedDict
from typing import NamedTuple, Type, Union

from mmaction.models.backbones.mobilenet_v2 import make_divisible
from mmaction.utils import ConfigType
from mmcv.cnn import build_norm_layer
from torch import Tensor, nn

from .frame_ops import global_mean


class BlockSizes(NamedTuple):
    """Row of the table of a MobileNet: sizes of an inverted residual block.

    Args:
        kernel (int): Kernel of the depthwise convolution.
        expansion (float): Hidden width over input channels.
        out (int): Channels of the output.
        squeeze (bool): With squeeze-and-excitation.
        swish (bool): h-swish instead of ReLU.
        stride (int): Stride of the depthwise convolution.
    """

    kernel: int
    expansion: float
    out: int
    squeeze: bool
    swish: bool
    stride: int


class SqueezeExcite(nn.Module):
    """Squeeze-and-excitation: channels weighted by a function of their means.

    Args:
        channels (int): Channels C.

    Shape:
        - x: (B, C, H, W).
        - returns: (B, C, H, W).
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        hidden = make_divisible(channels // 4, 8)
        self.squeeze = nn.Linear(channels, hidden)
        self.expand = nn.Linear(hidden, channels)

    def forward(self, x: Tensor) -> Tensor:
        """Weight the channels; shapes as for the class."""
        weight = self.expand(self.squeeze(global_mean(x)).relu())
        return x * nn.functional.hardsigmoid(weight)[:, :, None, None]


class PooledLinear(nn.Module):
    """Global mean, linear layer and h-swish.

    Args:
        incoming (int): Channels of the input.
        out (int): Channels of the output.

    Shape:
        - x: (B, C, H, W).
        - returns: (B, C', 1, 1).
    """

    def __init__(self, incoming: int, out: int) -> None:
        super().__init__()
        self.linear = nn.Linear(incoming, out)

    def forward(self, x: Tensor) -> Tensor:
        """Pool and map; shapes as for the class."""
        x = nn.functional.hardswish(self.linear(global_mean(x)))
        return x[:, :, None, None]


def inverted_bottleneck(
    incoming: int, row: BlockSizes, norm_cfg: ConfigType, groups: int = 1
) -> nn.Sequential:
    """Pointwise, depthwise and linear pointwise convolution.

    Args:
        incoming (int): Channels of the input.
        row (BlockSizes): Sizes. The hidden width is rounded to a multiple of 8; if it
            is equal to the input channels, the first convolution is omitted.
        norm_cfg (dict): Norm layer.
        groups (int): Groups of the pointwise convolutions.
    """
    hidden = make_divisible(incoming * row.expansion, 8)
    act: Type[Union[nn.Hardswish, nn.ReLU]] = nn.Hardswish if row.swish else nn.ReLU
    layers: OrderedDict[str, nn.Module] = OrderedDict()

    def add(name: str, a: int, b: int, kernel: int, group: int) -> None:
        layers[f'{name}_conv'] = nn.Conv2d(
            a,
            b,
            kernel,
            stride=row.stride if kernel > 1 else 1,
            padding=kernel // 2,
            groups=group,
            bias=False,
        )
        layers[f'{name}_norm'] = build_norm_layer(norm_cfg, b)[1]

    if hidden != incoming:
        add('expand', incoming, hidden, 1, groups)
        layers['expand_act'] = act()
    add('depthwise', hidden, hidden, row.kernel, hidden)
    if row.squeeze:
        layers['squeeze'] = SqueezeExcite(hidden)
    layers['depthwise_act'] = act()
    add('project', hidden, row.out, 1, groups)
    return nn.Sequential(layers)
