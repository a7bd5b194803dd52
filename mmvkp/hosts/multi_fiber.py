"""Multi-fiber unit and its layers."""

from typing import Tuple

from mmaction.utils import ConfigType
from mmcv.cnn import build_norm_layer
from mmengine.model import BaseModule
from torch import Tensor, nn

Kernel = Tuple[int, int, int]


class PreActConv3d(nn.Sequential):
    """Norm, ReLU and a bias-free 3D convolution, in this order.

    Args:
        in_channels (int): Input channels.
        out_channels (int): Output channels.
        kernel_size (tuple[int, int, int]): (T, H, W), odd; the padding keeps
            the size at stride 1.
        norm_cfg (dict): Norm layer.
        stride (tuple[int, int, int]): (T, H, W).
        groups (int): Groups of the convolution.

    Shape:
        - x: (N, C_in, T, H, W).
        - returns: (N, C_out, T', H', W').
    """

    norm: nn.Module
    relu: nn.Module
    conv: nn.Conv3d

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Kernel,
        norm_cfg: ConfigType,
        stride: Kernel = (1, 1, 1),
        groups: int = 1,
    ) -> None:
        super().__init__()
        self.add_module('norm', build_norm_layer(norm_cfg, in_channels)[1])
        self.add_module('relu', nn.ReLU(inplace=True))
        self.add_module(
            'conv',
            nn.Conv3d(
                in_channels,
                out_channels,
                kernel_size,
                stride=stride,
                padding=(kernel_size[0] // 2, kernel_size[1] // 2, kernel_size[2] // 2),
                groups=groups,
                bias=False,
            ),
        )


class MultiFiberUnit(BaseModule):
    """Multi-fiber unit: a multiplexer and two grouped convolutions.

    The groups ("fibers") exchange information in the multiplexer: two 1x1x1
    convolutions around a bottleneck, with a residual connection.

    Args:
        in_channels (int): Input channels.
        channels (int): Inner and output channels.
        num_fibers (int): Groups of the convolutions.
        norm_cfg (dict): Norm layer.
        stride (tuple[int, int, int]): (T, H, W) of the first convolution.
        first (bool): First unit of a stage: its second convolution is 1x1x1
            and not grouped, its shortcut is a convolution.

    Shape:
        - x: (N, C_in, T, H, W).
        - returns: (N, C, T', H', W').

    Source: "Multi-Fiber Networks for Video Recognition", arXiv 1807.11195,
    section 3 and Fig. 2(e); facts checked against the official code
    (https://github.com/cypw/PyTorch-MFNet, MIT).
    """

    def __init__(
        self,
        in_channels: int,
        channels: int,
        num_fibers: int,
        norm_cfg: ConfigType,
        stride: Kernel = (1, 1, 1),
        first: bool = False,
    ) -> None:
        super().__init__()
        bottleneck = channels // 4
        self.mix_in = PreActConv3d(in_channels, bottleneck, (1, 1, 1), norm_cfg)
        self.mix_out = PreActConv3d(bottleneck, in_channels, (1, 1, 1), norm_cfg)
        self.conv1 = PreActConv3d(
            in_channels, channels, (3, 3, 3), norm_cfg, stride=stride, groups=num_fibers
        )
        self.conv2 = (
            PreActConv3d(channels, channels, (1, 1, 1), norm_cfg)
            if first
            else PreActConv3d(
                channels, channels, (1, 3, 3), norm_cfg, groups=num_fibers
            )
        )
        self.shortcut = (
            PreActConv3d(in_channels, channels, (1, 1, 1), norm_cfg, stride=stride)
            if first
            else None
        )

    def forward(self, x: Tensor) -> Tensor:
        """Run the unit.

        Shape:
            - x: (N, C_in, T, H, W).
            - returns: (N, C, T', H', W').
        """
        mixed = x + self.mix_out(self.mix_in(x))
        out = self.conv2(self.conv1(mixed))
        return out + (x if self.shortcut is None else self.shortcut(x))
