"""Differences between frames: inside a segment and between segments."""

import copy
from typing import Optional, Tuple

import torch
import torch.nn.functional as F
from mmaction.utils import ConfigType, OptConfigType
from mmcv.cnn import ConvModule, build_norm_layer
from torch import Tensor, nn
from torch.utils import checkpoint as cp


def _nearest(x: Tensor, like: Tensor) -> Tensor:
    """Bring a map to the height and width of another, by repetition."""
    return F.interpolate(x, like.shape[-2:], mode='nearest')


class ShortTermTDM(nn.Module):
    """Features of the differences between the frames of one segment.

    The frames' differences x2 - x1, x3 - x2, ... lie side by side along the
    channels, are pooled to half the size and go through a stem and a first
    stage of their own. The children have torchvision's names.

    Args:
        in_channels (int): Channels of one frame.
        frames_per_segment (int): Frames F of a segment. Paper: 5.
        stem_channels (int): Channels of the stem.
        stage (nn.Module): First residual stage, used by this module alone.
        conv_cfg (dict, optional): Convolution of the stem.
        norm_cfg (dict): Norm layer of the stem.
        act_cfg (dict): Activation of the stem.

    Shape:
        - x: (B, F * in_channels, H, W), the first frame's channels first.
        - returns: d0 (B, stem_channels, H / 8, W / 8) and d1, what ``stage``
          makes of it.

    Source: "TDN: Temporal Difference Networks for Efficient Action
    Recognition", arXiv 2012.10071, section 3 (short-term TDM); code of the
    authors read: MCG-NJU/TDN (Apache-2.0).
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
        """Return the maps d0 and d1 described above."""
        step = self.in_channels
        # The difference of neighbours along the channels, frame by frame.
        diff = F.avg_pool2d(x[:, step:] - x[:, :-step], 2)
        d0 = self.maxpool(self.conv1(diff))
        return d0, self.layer1(d0)


def fuse_difference(x: Tensor, diff: Tensor, weights: Tuple[float, float]) -> Tensor:
    """Add the map of the differences to that of the frame.

    Args:
        x (Tensor): Map of the frame in the middle.
        diff (Tensor): Map of the differences.
        weights (tuple[float, float]): Of the frame and of the differences.

    Shape:
        - x: (B, C, H, W).
        - diff: (B, C, h, w), repeated to H x W.
        - returns: (B, C, H, W).
    """
    return weights[0] * x + weights[1] * _nearest(diff, x)


class LongTermTDM(nn.Module):
    """Attention from the differences between neighbouring segments (mSE).

    With z the squeezed map and z' its depthwise convolution, the forward
    difference is z'(t + 1) - z(t) and the backward one z'(t - 1) - z(t); it is
    zero where there is no neighbour. Each goes through three scales, whose
    mean is expanded to all channels. A map of one row or column is not pooled
    along it.

    Args:
        channels (int): Channels C of the map.
        num_segments (int): Segments T per view.
        reduction (int): C / ``reduction`` channels, at least 1, are compared.
            Code of the authors: 16.
        norm_cfg (dict, optional): Norm layers; BN2d if None.

    Shape:
        - x: (N * T, C, H, W), clip-major.
        - returns: x + x * y with y in (-0.5, 0.5), same shape.

    Source: "TDN: Temporal Difference Networks for Efficient Action
    Recognition", arXiv 2012.10071, section 3 (long-term TDM); code of the
    authors read: MCG-NJU/TDN (Apache-2.0).
    """

    def __init__(
        self,
        channels: int,
        num_segments: int,
        reduction: int = 16,
        norm_cfg: OptConfigType = None,
    ) -> None:
        super().__init__()
        self.num_segments = num_segments
        mid = max(1, channels // reduction)

        def norm(width: int) -> nn.Module:
            return build_norm_layer(norm_cfg or dict(type='BN2d'), width)[1]

        def conv3x3(groups: int = 1) -> nn.Conv2d:
            return nn.Conv2d(mid, mid, 3, padding=1, groups=groups, bias=False)

        self.squeeze_conv = nn.Conv2d(channels, mid, 1, bias=False)
        self.squeeze_norm = norm(mid)
        self.align_conv = conv3x3(groups=mid)
        self.half_conv, self.half_norm = conv3x3(), norm(mid)
        self.full_conv, self.full_norm = conv3x3(), norm(mid)
        self.expand_conv = nn.Conv2d(mid, channels, 1, bias=False)
        self.expand_norm = norm(channels)

    def differences(self, x: Tensor) -> Tuple[Tensor, Tensor]:
        """Forward and backward difference of the squeezed map.

        Shape:
            - x: (N * T, C, H, W).
            - returns: twice (N * T, C / reduction, H, W).
        """
        flat = self.squeeze_norm(self.squeeze_conv(x))
        z, aligned = (
            each.unflatten(0, (-1, self.num_segments))
            for each in (flat, self.align_conv(flat))
        )
        ahead = F.pad(aligned[:, 1:] - z[:, :-1], (0,) * 7 + (1,))
        behind = F.pad(aligned[:, :-1] - z[:, 1:], (0,) * 6 + (1, 0))
        return ahead.flatten(0, 1), behind.flatten(0, 1)

    def attention(self, diff: Tensor) -> Tensor:
        """Attention from one of the differences.

        Shape:
            - diff: (N * T, C / reduction, H, W).
            - returns: (N * T, C, H, W), in (-0.5, 0.5).
        """
        kernel = [min(2, size) for size in diff.shape[-2:]]
        half = self.half_norm(self.half_conv(F.avg_pool2d(diff, kernel)))
        full = self.full_norm(self.full_conv(diff))
        mean = (diff + _nearest(half, diff) + full) / 3
        return self.expand_norm(self.expand_conv(mean)).sigmoid() - 0.5

    def forward(self, x: Tensor) -> Tensor:
        """Weigh the map by the mean attention of both directions."""
        ahead, behind = self.differences(x)
        return x + x * ((self.attention(ahead) + self.attention(behind)) / 2)


class TemporalConv(nn.Module):
    """Depthwise convolution over three frames that starts as TSM's shift.

    One eighth of the channels starts with the next frame's values, one with
    the previous frame's, the others with their own; behind the ends are
    zeros.

    Args:
        channels (int): Channels C.
        num_segments (int): Segments T per view.

    Shape:
        - x: (N * T, C, H, W), clip-major.
        - returns: same shape.

    Source: code of TDN's authors, MCG-NJU/TDN (Apache-2.0; read for facts);
    the start is that of "TSM: Temporal Shift Module for Efficient Video
    Understanding", arXiv 1811.08383, section 3.
    """

    def __init__(self, channels: int, num_segments: int) -> None:
        super().__init__()
        self.num_segments = num_segments
        # Over (previous, own, next); no nn.Conv, whose start would be changed
        # with that of all other convolutions.
        self.weight = nn.Parameter(torch.zeros(channels, 1, 3))
        self.reset_parameters()

    @torch.no_grad()
    def reset_parameters(self) -> None:
        """Start as TSM's shift."""
        fold = len(self.weight) // 8
        self.weight.zero_()
        self.weight[:fold, 0, 2] = 1
        self.weight[fold : 2 * fold, 0, 0] = 1
        self.weight[2 * fold :, 0, 1] = 1

    def forward(self, x: Tensor) -> Tensor:
        """Convolve along time."""
        clips = x.unflatten(0, (-1, self.num_segments)).flatten(3)
        out = F.conv2d(
            clips.transpose(1, 2),
            self.weight.unsqueeze(-1),
            padding=(1, 0),
            groups=len(self.weight),
        )
        return out.transpose(1, 2).reshape(x.shape)


class TemporalDifferenceBlock(nn.Module):
    """A residual block of ResNet with TDN's modules in front of its `conv2`.

    Args:
        block (nn.Module): `BasicBlock` or `Bottleneck` of MMAction2; its
            layers are taken over under their names.
        num_segments (int): Segments T per view.
        norm_cfg (dict): Norm layers of the long-term module.

    Shape:
        - x: (N * T, C, H, W), clip-major.
        - returns: what the shape of the block is.

    Source: arXiv 2012.10071, section 3; place of the modules from the code of
    the authors, MCG-NJU/TDN (Apache-2.0).
    """

    def __init__(
        self, block: nn.Module, num_segments: int, norm_cfg: ConfigType
    ) -> None:
        super().__init__()
        self.stride = block.stride
        self.with_cp = getattr(block, 'with_cp', False)
        channels = block.conv1.conv.out_channels
        self.conv1 = block.conv1
        self.long_term = LongTermTDM(channels, num_segments, norm_cfg=norm_cfg)
        self.temporal_conv = TemporalConv(channels, num_segments)
        self.conv2 = block.conv2
        if hasattr(block, 'conv3'):
            self.conv3 = block.conv3
        self.relu = block.relu
        self.downsample = block.downsample

    def residual(self, x: Tensor) -> Tensor:
        """Sum of both paths in front of the last activation."""
        out = self.conv1(x)
        out = self.temporal_conv(self.long_term(out))
        out = self.conv2(out)
        if hasattr(self, 'conv3'):
            out = self.conv3(out)
        return out + (x if self.downsample is None else self.downsample(x))

    def without_time(self) -> nn.Module:
        """This block without what looks along time; layers are shared."""
        block = copy.copy(self)
        block._modules = dict(
            self._modules, long_term=nn.Identity(), temporal_conv=nn.Identity()
        )
        return block

    def forward(self, x: Tensor) -> Tensor:
        """Run the block."""
        if self.with_cp and x.requires_grad:
            return self.relu(cp.checkpoint(self.residual, x, use_reentrant=False))
        return self.relu(self.residual(x))
