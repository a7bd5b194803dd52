"""Short-term module of TDN: differences between the frames of a segment."""

from typing import Optional, Tuple

import torch.nn.functional as F
from mmaction.utils import ConfigType
from mmcv.cnn import ConvModule
from torch import Tensor, nn


class ShortTermTDM(nn.Module):
    """Features of the differences between the frames of one segment.

    The differences x2 - x1, x3 - x2, ... are concatenated along the channels,
    pooled to half the size and passed through a separate stem and first stage.
    The children have torchvision's names.

    Args:
        in_channels (int): Channels of one frame.
        frames_per_segment (int): Frames F of a segment. Paper: 5.
        stem_channels (int): Channels of the stem.
        stage (nn.Module): First residual stage, used only by this module.
        conv_cfg (dict, optional): Convolution of the stem.
        norm_cfg (dict): Norm layer of the stem.
        act_cfg (dict): Activation of the stem.

    Shape:
        - x: (B, F * in_channels, H, W), the first frame's channels first.
        - returns: d0 (B, stem_channels, H / 8, W / 8) and d1, the
          output of `stage` for d0.

    Source: "TDN: Temporal Difference Networks for Efficient Action
    Recognition", arXiv 2012.10071, section 3 (short-term TDM); authors' code
    read: MCG-NJU/TDN (Apache-2.0).
    """

    def __init__(
        self,
        in_channels: int,
        frames_per_segment: int,
        stem_channels: int,
        stage: nn.Module,
        conv_cfg: Optional[ConfigType],
        norm_cfg: ConfigType,
        act_cfg: ConfigType,
    ) -> None:
        super().__init__()
        self.in_channels = in_channels
        self.conv1 = ConvModule(
            in_channels * (frames_per_segment - 1),
            stem_channels,
            kernel_size=7,
            stride=2,
            padding=3,
            bias=False,
            conv_cfg=conv_cfg,
            norm_cfg=norm_cfg,
            act_cfg=act_cfg,
        )
        self.maxpool = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.layer1 = stage

    def forward(self, x: Tensor) -> Tuple[Tensor, Tensor]:
        """Compute the maps d0 and d1.

        Shape:
            - x: (B, F * in_channels, H, W).
            - returns: (B, stem_channels, H / 8, W / 8) and the output of `stage`.
        """
        step = self.in_channels
        # Difference of neighbouring frames along the channels.
        diff = F.avg_pool2d(x[:, step:] - x[:, :-step], 2)
        d0 = self.maxpool(self.conv1(diff))
        return d0, self.layer1(d0)


def fuse_difference(x: Tensor, diff: Tensor, weights: Tuple[float, float]) -> Tensor:
    """Weighted sum of the maps of the frame and of the differences.

    Args:
        x (Tensor): Map of the middle frame.
        diff (Tensor): Map of the differences.
        weights (tuple[float, float]): Of the frame and of the differences.

    Shape:
        - x: (B, C, H, W).
        - diff: (B, C, h, w), resized to H x W.
        - returns: (B, C, H, W).
    """
    return weights[0] * x + weights[1] * F.interpolate(diff, x.shape[-2:])
