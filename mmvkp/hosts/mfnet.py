"""Multi-fiber network for video (3D)."""

from typing import List, Optional, Sequence, Tuple, Union, cast

from mmaction.registry import MODELS
from mmaction.utils import ConfigType, OptConfigType
from mmcv.cnn import build_norm_layer
from torch import Tensor, nn

from ..checks import check_integer, check_norm, check_positive, check_sequence
from .multi_fiber import Kernel, MultiFiberUnit
from .staged_backbone import StagedBackbone


@MODELS.register_module()
class MFNet(StagedBackbone):
    """Multi-fiber network, 3D.

    Args:
        in_channels (int): Channels of the frames.
        stem_channels (int): Channels after conv1. Paper: 16.
        base_channels (int): Channels of conv2, doubled by each later stage.
            Paper: 96.
        stage_blocks (Sequence[int]): Units of conv2 to conv5. Paper:
            (3, 4, 6, 3).
        num_fibers (int): Groups of the grouped convolutions. Paper: 16.
        out_indices (Sequence[int]): Stages to return, from 0 (conv2) to 3
            (conv5). Only the last stage ends in a norm and ReLU. Stages after
            the last returned one are not built.
        frozen_stages (int): See `StagedBackbone`; the stem is conv1.
        norm_cfg (dict, optional): Norm layer; BN3d if None.
        norm_eval (bool): See `StagedBackbone`.
        with_cp (bool): See `StagedBackbone`.
        init_cfg (dict | list, optional): See `StagedBackbone`.

    Shape:
        - x: (N, 3, T, H, W), T even.
        - returns: maps (N, C, T/2, H', W'); with the paper's widths and
          16 x 224 x 224: conv2 96 x 8 x 56 x 56, conv3 192 x 8 x 28 x 28,
          conv4 384 x 8 x 14 x 14, conv5 768 x 8 x 7 x 7. A tensor for one
          index, as in `ResNet3d`, otherwise a tuple.

    Raises:
        TypeError: If a number is not an integer, or a flag not a bool.
        ValueError: If an argument is out of range; at run time if the input is
            not 5D or does not have `in_channels` channels.

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
        norm_cfg: OptConfigType = None,
        norm_eval: bool = False,
        with_cp: bool = False,
        init_cfg: OptConfigType = None,
    ) -> None:
        super().__init__(frozen_stages, norm_eval, with_cp, init_cfg)
        check_sequence('MFNet', 'stage_blocks', stage_blocks)
        check_sequence('MFNet', 'out_indices', out_indices)
        check_norm('MFNet', norm_cfg)
        check_positive(
            'MFNet',
            in_channels=in_channels,
            stem_channels=stem_channels,
            base_channels=base_channels,
            num_fibers=num_fibers,
            **{f'stage_blocks[{i}]': n for i, n in enumerate(stage_blocks)},
        )
        check_integer(
            'MFNet', **{f'out_indices[{i}]': n for i, n in enumerate(out_indices)}
        )
        self._check(
            stem_channels,
            base_channels,
            num_fibers,
            stage_blocks,
            out_indices,
            frozen_stages,
        )
        self.in_channels = in_channels
        self.out_indices = tuple(out_indices)
        norm_cfg = norm_cfg or dict(type='BN3d')
        self.stem = nn.Sequential(
            nn.Conv3d(
                in_channels, stem_channels, (3, 5, 5), (1, 2, 2), (1, 2, 2), bias=False
            ),
            build_norm_layer(norm_cfg, stem_channels)[1],
            nn.ReLU(inplace=True),
        )
        self.maxpool = nn.MaxPool3d((1, 3, 3), (1, 2, 2), (0, 1, 1))
        self.stages = nn.ModuleList()
        incoming = stem_channels
        for i, depth in enumerate(stage_blocks[: max(self.out_indices) + 1]):
            channels = base_channels * 2**i
            stride = (2, 1, 1) if i == 0 else (1, 2, 2)
            self.stages.append(
                _stage(incoming, channels, depth, num_fibers, norm_cfg, stride)
            )
            incoming = channels
        self.tail: Optional[nn.Sequential] = None
        if len(self.stages) == len(stage_blocks):
            self.tail = nn.Sequential(
                build_norm_layer(norm_cfg, incoming)[1], nn.ReLU(inplace=True)
            )
        self.freeze_stages()

    @staticmethod
    def _check(
        stem_channels: int,
        base_channels: int,
        num_fibers: int,
        stage_blocks: Sequence[int],
        out_indices: Sequence[int],
        frozen_stages: int,
    ) -> None:
        """Refuse combinations that cannot be built."""
        if (
            stem_channels % num_fibers
            or base_channels % num_fibers
            or base_channels % 4
        ):
            raise ValueError(
                f'MFNet: stem_channels={stem_channels} and base_channels='
                f'{base_channels} must be multiples of num_fibers={num_fibers}, and '
                'base_channels of 4 (paper: 16, 96 and 16).'
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
        # Stages after the last returned one are not built.
        built = max(out_indices) + 1
        if not -1 <= frozen_stages <= built:
            raise ValueError(
                f'MFNet: frozen_stages={frozen_stages} is outside [-1, {built}] of '
                f'out_indices={tuple(out_indices)}; -1 freezes nothing, 0 conv1, 1 '
                'also conv2 and so on.'
            )

    def parts(self) -> List[List[nn.Module]]:
        """Modules of conv1, then of each stage."""
        return [[self.stem], *([stage] for stage in self.stages)]

    def compute(self, x: Tensor) -> Union[Tensor, Tuple[Tensor, ...]]:
        """Compute the stages of `out_indices`.

        Shape:
            - x: (N, 3, T, H, W).
            - returns: as in the class.
        """
        x = self.maxpool(self.stem(x))
        outs: List[Tensor] = []
        for i, stage in enumerate(self.stages):
            x = self.run_units(cast(nn.Sequential, stage), x)
            if i in self.out_indices:
                last = i == len(self.stages) - 1
                outs.append(self.tail(x) if self.tail and last else x)
        return outs[0] if len(outs) == 1 else tuple(outs)


def _stage(
    in_channels: int,
    channels: int,
    depth: int,
    num_fibers: int,
    norm_cfg: ConfigType,
    stride: Kernel,
) -> nn.Sequential:
    """Units of a stage."""
    first = MultiFiberUnit(in_channels, channels, num_fibers, norm_cfg, stride, True)
    others = (
        MultiFiberUnit(channels, channels, num_fibers, norm_cfg)
        for _ in range(depth - 1)
    )
    return nn.Sequential(first, *others)
