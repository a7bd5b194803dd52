"""Long-term module and block of TDN: differences between segments."""

import copy
from typing import Tuple, Union

import torch
import torch.nn.functional as F
from mmaction.models.backbones.resnet import BasicBlock, Bottleneck
from mmaction.utils import ConfigType, OptConfigType
from mmcv.cnn import build_norm_layer
from torch import Tensor, nn
from torch.utils import checkpoint as cp


class LongTermTDM(nn.Module):
    """Attention from the differences between neighbouring segments (mSE).

    With z the squeezed map and z' its depthwise convolution, the forward
    difference is z'(t + 1) - z(t) and the backward one z'(t - 1) - z(t); it is
    zero at the ends, where the neighbour is missing. Each is processed at three
    scales, whose mean is expanded to all channels. An axis of one cell is not
    pooled.

    Args:
        channels (int): Channels C of the map.
        num_segments (int): Segments T per view.
        reduction (int): The differences have C / `reduction` channels, at
            least 1. Authors' code: 16.
        norm_cfg (dict, optional): Norm layers; BN2d if None.

    Shape:
        - x: (N * T, C, H, W), clip-major.
        - returns: x + x * y with y in (-0.5, 0.5), same shape.

    Source: "TDN: Temporal Difference Networks for Efficient Action
    Recognition", arXiv 2012.10071, section 3 (long-term TDM); authors' code
    read: MCG-NJU/TDN (Apache-2.0).
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
            - returns: two maps (N * T, C / reduction, H, W).
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
        """Attention from one difference.

        Shape:
            - diff: (N * T, C / reduction, H, W).
            - returns: (N * T, C, H, W), in (-0.5, 0.5).
        """
        kernel = [min(2, size) for size in diff.shape[-2:]]
        half = self.half_norm(self.half_conv(F.avg_pool2d(diff, kernel)))
        full = self.full_norm(self.full_conv(diff))
        mean = (diff + F.interpolate(half, diff.shape[-2:]) + full) / 3
        return self.expand_norm(self.expand_conv(mean)).sigmoid() - 0.5

    def forward(self, x: Tensor) -> Tensor:
        """Weight the map by the mean attention of both directions.

        Shape:
            - x: (N * T, C, H, W).
            - returns: (N * T, C, H, W).
        """
        ahead, behind = self.differences(x)
        return x + x * ((self.attention(ahead) + self.attention(behind)) / 2)


class TemporalConv(nn.Module):
    """Depthwise convolution over three frames, initialised to TSM's shift.

    Initially one eighth of the channels takes the values of the next frame,
    one eighth of the previous frame, the rest its own. The padding
    is zero.

    Args:
        channels (int): Channels C.
        num_segments (int): Segments T per view.

    Shape:
        - x: (N * T, C, H, W), clip-major.
        - returns: same shape.

    Source: code of TDN's authors, MCG-NJU/TDN (Apache-2.0; read for facts);
    initialisation from "TSM: Temporal Shift Module for Efficient Video
    Understanding", arXiv 1811.08383, section 3.
    """

    def __init__(self, channels: int, num_segments: int) -> None:
        super().__init__()
        self.num_segments = num_segments
        # Over (previous, own, next). Not an nn.Conv, which the initialisation
        # of all convolutions would change.
        self.weight = nn.Parameter(torch.zeros(channels, 1, 3))
        self.reset_parameters()

    @torch.no_grad()
    def reset_parameters(self) -> None:
        """Initialise to TSM's shift."""
        fold = len(self.weight) // 8
        self.weight.zero_()
        self.weight[:fold, 0, 2] = 1
        self.weight[fold : 2 * fold, 0, 0] = 1
        self.weight[2 * fold :, 0, 1] = 1

    def forward(self, x: Tensor) -> Tensor:
        """Convolve along time.

        Shape:
            - x: (N * T, C, H, W).
            - returns: (N * T, C, H, W).
        """
        clips = x.unflatten(0, (-1, self.num_segments)).flatten(3)
        out = F.conv2d(
            clips.transpose(1, 2),
            self.weight.unsqueeze(-1),
            padding=(1, 0),
            groups=len(self.weight),
        )
        return out.transpose(1, 2).reshape(x.shape)


class TemporalDifferenceBlock(nn.Module):
    """Residual block of ResNet with TDN's modules before its `conv2`.

    Args:
        block (nn.Module): `BasicBlock` or `Bottleneck` of MMAction2; its
            layers are reused under their names.
        num_segments (int): Segments T per view.
        norm_cfg (dict): Norm layers of the long-term module.

    Shape:
        - x: (N * T, C, H, W), clip-major.
        - returns: (N * T, C', H', W'), as from the block.

    Source: arXiv 2012.10071, section 3; position of the modules from the
    authors' code, MCG-NJU/TDN (Apache-2.0).
    """

    def __init__(
        self,
        block: Union[BasicBlock, Bottleneck],
        num_segments: int,
        norm_cfg: ConfigType,
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
        """Sum of both paths before the last activation.

        Shape:
            - x: (N * T, C, H, W).
            - returns: (N * T, C', H', W').
        """
        out = self.conv1(x)
        out = self.temporal_conv(self.long_term(out))
        out = self.conv2(out)
        if hasattr(self, 'conv3'):
            out = self.conv3(out)
        return out + (x if self.downsample is None else self.downsample(x))

    def without_time(self) -> nn.Module:
        """Copy without the temporal modules; layers are shared."""
        block = copy.copy(self)
        block._modules = dict(
            self._modules, long_term=nn.Identity(), temporal_conv=nn.Identity()
        )
        return block

    def forward(self, x: Tensor) -> Tensor:
        """Run the block.

        Shape:
            - x: (N * T, C, H, W).
            - returns: (N * T, C', H', W').
        """
        if self.with_cp and x.requires_grad:
            return self.relu(cp.checkpoint(self.residual, x, use_reentrant=False))
        return self.relu(self.residual(x))
