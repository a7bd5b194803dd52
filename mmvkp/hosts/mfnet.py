"""Multi-fiber network for video (3D)."""

from typing import Sequence, Tuple, Union

import torch.utils.checkpoint as cp
from mmaction.registry import MODELS
from mmaction.utils import ConfigType, OptConfigType
from mmcv.cnn import build_norm_layer
from mmengine.model import BaseModule
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from ..checks import check_positive

Kernel = Tuple[int, int, int]


class PreActConv3d(nn.Sequential):
    """Norm, ReLU and a bias-free 3D convolution, in this order.

    Args:
        in_channels (int): Channels that come in.
        out_channels (int): Channels that go out.
        kernel_size (tuple[int, int, int]): (T, H, W), odd; padded to keep
            the size.
        norm_cfg (dict): Norm layer.
        stride (tuple[int, int, int]): (T, H, W).
        groups (int): Groups of the convolution.

    Shape:
        - x: (N, C_in, T, H, W).
        - returns: (N, C_out, T', H', W').
    """

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
                padding=tuple(k // 2 for k in kernel_size),
                groups=groups,
                bias=False,
            ),
        )


class MultiFiberUnit(BaseModule):
    """Multi-fiber unit: two grouped convolutions behind a multiplexer.

    The groups ("fibers") exchange information through the multiplexer, two
    1x1x1 convolutions around a bottleneck with a residual connection of
    their own.

    Args:
        in_channels (int): Channels that come in.
        channels (int): Channels inside and out.
        num_fibers (int): Groups of the convolutions.
        norm_cfg (dict): Norm layer.
        stride (tuple[int, int, int]): (T, H, W) of the first convolution.
        first (bool): Whether the unit opens a stage: its second convolution
            is then 1x1x1 and not grouped, and its shortcut is projected.

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
        """Run the unit; see the class for the shapes."""
        mixed = x + self.mix_out(self.mix_in(x))
        out = self.conv2(self.conv1(mixed))
        return out + (x if self.shortcut is None else self.shortcut(x))


@MODELS.register_module()
class MFNet(BaseModule):
    """Multi-fiber network, 3D.

    Args:
        in_channels (int): Channels of the frames.
        stem_channels (int): Channels after conv1. Paper: 16.
        base_channels (int): Channels of conv2, doubled by each later stage.
            Paper: 96.
        stage_blocks (Sequence[int]): Units of conv2 to conv5. Paper:
            (3, 4, 6, 3).
        num_fibers (int): Groups of the grouped convolutions. Paper: 16.
        out_indices (Sequence[int]): Stages to return, 0 for conv2 to 3 for
            conv5 (after the last norm and ReLU; the others are the plain
            sums of their last units).
        frozen_stages (int): Stages whose parameters and statistics stay as
            they are: -1 none, 0 conv1, 1 also conv2 and so on.
        norm_cfg (dict): Norm layer.
        norm_eval (bool): Whether norm layers keep their statistics in
            training.
        with_cp (bool): Recompute units in the backward pass to save memory.
        init_cfg (dict, optional): Initialisation as in MMEngine.

    Shape:
        - x: (N, 3, T, H, W), T even.
        - returns: maps (N, C, T/2, H', W'), for the paper's widths and
          16 x 224 x 224: conv2 96 x 8 x 56 x 56, conv3 192 x 8 x 28 x 28,
          conv4 384 x 8 x 14 x 14, conv5 768 x 8 x 7 x 7. One index: a bare
          tensor, as `ResNet3d` does; several: a tuple.

    Raises:
        TypeError: If a number is no integer.
        ValueError: If an argument is out of range.

    Source: "Multi-Fiber Networks for Video Recognition", arXiv 1807.11195,
    Table 2.
    """

    def __init__(
        self,
        in_channels: int = 3,
        stem_channels: int = 16,
        base_channels: int = 96,
        stage_blocks: Sequence[int] = (3, 4, 6, 3),
        num_fibers: int = 16,
        out_indices: Sequence[int] = (3,),
        frozen_stages: int = -1,
        norm_cfg: ConfigType = dict(type='BN3d', requires_grad=True),
        norm_eval: bool = False,
        with_cp: bool = False,
        init_cfg: OptConfigType = None,
    ) -> None:
        if init_cfg is None:
            init_cfg = [
                dict(type='Kaiming', layer='Conv3d'),
                dict(type='Constant', val=1, layer='_BatchNorm'),
            ]
        super().__init__(init_cfg=init_cfg)
        check_positive(
            'MFNet',
            in_channels=in_channels,
            stem_channels=stem_channels,
            base_channels=base_channels,
            num_fibers=num_fibers,
            **{f'stage_blocks[{i}]': n for i, n in enumerate(stage_blocks)},
        )
        self._check(base_channels, num_fibers, stage_blocks, out_indices, frozen_stages)
        self.out_indices = tuple(out_indices)
        self.frozen_stages = frozen_stages
        self.norm_eval = norm_eval
        self.with_cp = with_cp
        self.stem = nn.Sequential(
            nn.Conv3d(
                in_channels,
                stem_channels,
                (3, 5, 5),
                stride=(1, 2, 2),
                padding=(1, 2, 2),
                bias=False,
            ),
            build_norm_layer(norm_cfg, stem_channels)[1],
            nn.ReLU(inplace=True),
        )
        self.maxpool = nn.MaxPool3d((1, 3, 3), (1, 2, 2), (0, 1, 1))
        self.stages = nn.ModuleList()
        incoming = stem_channels
        # Stages after the last one that is asked for are not built.
        for i, depth in enumerate(stage_blocks[: max(self.out_indices) + 1]):
            channels = base_channels * 2**i
            stride = (2, 1, 1) if i == 0 else (1, 2, 2)
            units = [
                MultiFiberUnit(incoming, channels, num_fibers, norm_cfg, stride, True)
            ]
            units += [
                MultiFiberUnit(channels, channels, num_fibers, norm_cfg)
                for _ in range(depth - 1)
            ]
            self.stages.append(nn.Sequential(*units))
            incoming = channels
        self.tail = (
            nn.Sequential(
                build_norm_layer(norm_cfg, incoming)[1], nn.ReLU(inplace=True)
            )
            if len(self.stages) == len(stage_blocks)
            else None
        )
        self._freeze_stages()

    @staticmethod
    def _check(
        base_channels: int,
        num_fibers: int,
        stage_blocks: Sequence[int],
        out_indices: Sequence[int],
        frozen_stages: int,
    ) -> None:
        """Refuse combinations that cannot be built."""
        if base_channels % num_fibers or base_channels % 4:
            raise ValueError(
                f'MFNet: base_channels={base_channels} must be a multiple of '
                f'num_fibers={num_fibers} and of 4 (paper: 96 and 16).'
            )
        last = len(stage_blocks) - 1
        if (
            not out_indices
            or any(not 0 <= i <= last for i in out_indices)
            or list(out_indices) != sorted(set(out_indices))
        ):
            raise ValueError(
                f'MFNet: out_indices={tuple(out_indices)} must be ascending '
                f'numbers of stages in [0, {last}] (0 is conv2).'
            )
        if not -1 <= frozen_stages <= last + 1:
            raise ValueError(
                f'MFNet: frozen_stages={frozen_stages} is outside '
                f'[-1, {last + 1}]; -1 freezes nothing, 0 conv1, 1 also '
                'conv2 and so on.'
            )

    def _freeze_stages(self) -> None:
        """Stop gradient and statistics of the frozen stages."""
        if self.frozen_stages < 0:
            return
        for module in (self.stem, *self.stages[: self.frozen_stages]):
            module.eval()
            for param in module.parameters():
                param.requires_grad = False

    def train(self, mode: bool = True) -> 'MFNet':
        """Set the mode; frozen stages and norms stay in eval mode."""
        super().train(mode)
        if mode:
            self._freeze_stages()
            if self.norm_eval:
                for module in self.modules():
                    if isinstance(module, _BatchNorm):
                        module.eval()
        return self

    def forward(self, x: Tensor) -> Union[Tensor, Tuple[Tensor, ...]]:
        """Compute the stages asked for; see the class for the shapes."""
        x = self.maxpool(self.stem(x))
        outs = []
        for i, stage in enumerate(self.stages):
            for unit in stage:
                x = (
                    cp.checkpoint(unit, x, use_reentrant=False)
                    if self.with_cp and x.requires_grad
                    else unit(x)
                )
            if i in self.out_indices:
                last = self.tail is not None and i == len(self.stages) - 1
                outs.append(self.tail(x) if last else x)
        return outs[0] if len(outs) == 1 else tuple(outs)
