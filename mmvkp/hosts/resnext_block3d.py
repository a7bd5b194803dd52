"""Bottleneck block of 3D ResNeXt."""

from typing import Tuple

from mmaction.utils import ConfigType
from mmcv.cnn import build_norm_layer
from mmengine.model import BaseModule
from torch import Tensor, nn

Stride = Tuple[int, int, int]
# Output channels per inner channel.
EXPANSION = 2


class ResNeXtBlock3d(BaseModule):
    """Bottleneck of ResNeXt in 3D: 1x1x1, grouped 3x3x3, 1x1x1.

    The shortcut is a 1x1x1 convolution (type B) where the shape changes.

    Args:
        in_channels (int): Input channels.
        channels (int): Inner channels; the output has twice as many.
        cardinality (int): Groups of the 3x3x3 convolution.
        stride (tuple[int, int, int]): (T, H, W) of the 3x3x3 convolution.
        norm_cfg (dict): Norm layer.

    Shape:
        - x: (N, C_in, T, H, W).
        - returns: (N, 2 * channels, T', H', W').
    """

    def __init__(
        self,
        in_channels: int,
        channels: int,
        cardinality: int,
        stride: Stride,
        norm_cfg: ConfigType,
    ) -> None:
        super().__init__()
        out_channels = EXPANSION * channels
        self.conv1 = nn.Conv3d(in_channels, channels, 1, bias=False)
        self.bn1 = build_norm_layer(norm_cfg, channels)[1]
        self.conv2 = nn.Conv3d(
            channels,
            channels,
            3,
            stride=stride,
            padding=1,
            groups=cardinality,
            bias=False,
        )
        self.bn2 = build_norm_layer(norm_cfg, channels)[1]
        self.conv3 = nn.Conv3d(channels, out_channels, 1, bias=False)
        self.bn3 = build_norm_layer(norm_cfg, out_channels)[1]
        self.relu = nn.ReLU(inplace=True)
        self.downsample = (
            nn.Sequential(
                nn.Conv3d(in_channels, out_channels, 1, stride=stride, bias=False),
                build_norm_layer(norm_cfg, out_channels)[1],
            )
            if stride != (1, 1, 1) or in_channels != out_channels
            else None
        )

    def forward(self, x: Tensor) -> Tensor:
        """Run the block.

        Shape:
            - x: (N, C_in, T, H, W).
            - returns: (N, 2 * channels, T', H', W').
        """
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.relu(self.bn2(self.conv2(out)))
        out = self.bn3(self.conv3(out))
        return self.relu(out + (x if self.downsample is None else self.downsample(x)))
