"""AFMobileNetV3: a 2D MobileNetV3 with ample and focal branches."""

from collections import OrderedDict
from typing import List, Sequence, Tuple

from mmaction.registry import MODELS
from mmaction.utils import ConfigType, OptConfigType
from mmcv.cnn import build_norm_layer
from torch import nn

from ..checks import check_positive
from .ample_focal import AdaptiveMerge, AFStage
from .base import AFBackbone
from .focal_unit import FocalUnit, ResidualUnit
from .mobilenet_blocks import BlockSizes, PooledLinear, inverted_bottleneck
from .resnet_blocks import conv_norm
from .selection import BATCH_NORM, build_selector

# The large network. A focal block differs from its ample block only in the stride.
FIRST = (
    BlockSizes(3, 1, 16, False, False, 1),
    BlockSizes(3, 4, 24, False, False, 2),
    BlockSizes(3, 3, 24, False, False, 2),
)
AF_STAGES = (
    (
        (BlockSizes(5, 3, 40, True, False, 2), BlockSizes(5, 3, 40, True, False, 1)),
        BlockSizes(5, 3, 40, True, False, 2),
    ),
    (
        (
            BlockSizes(3, 6, 80, False, True, 2),
            BlockSizes(3, 2.5, 80, False, True, 1),
            BlockSizes(3, 2.3, 80, False, True, 1),
        ),
        BlockSizes(3, 2.3, 80, False, True, 1),
    ),
)
LAST = (
    (BlockSizes(3, 6, 112, True, True, 1),) * 2,
    (
        BlockSizes(5, 6, 160, True, True, 2),
        BlockSizes(5, 6, 160, True, True, 1),
        BlockSizes(5, 6, 160, True, True, 1),
    ),
)
STEM_CHANNELS = 16
LAST_CHANNELS = 960
HIDDEN_CHANNELS = 1280


@MODELS.register_module()
class AFMobileNetV3(AFBackbone):
    """MobileNetV3 (large) whose stages 2 and 3 are AF modules.

    It works as `AFResNet`, with inverted residual blocks. Both branches have the same
    width; the pointwise convolutions of the focal branch have two groups. The hidden
    layer before the classifier is part of the backbone, because frames are averaged
    after it.

    Args:
        num_segments (int): Frames T per view.
        with_shift (bool): Temporal shift before the convolutions of every block;
            always on in the authors' code.
        selection_cfg (dict, optional): Policy, and reading of the paper; see
            `SelectionOptions`.
        out_indices (Sequence[int]): Stages to return, from 0; stage 4 is the feature
            after the hidden layer.
        frozen_stages (int): Stages with frozen parameters and statistics: -1 none, 0
            the stem, 1 the stem and the first stage, and so on.
        in_channels (int): Channels of the frames.
        norm_cfg (dict): Norm layer.
        norm_eval (bool): Norm layers keep their statistics in training.
        init_cfg (dict, optional): Initialization as in MMEngine.

    Shape:
        - x: (N * V * T, 3, H, W), view-major as `Recognizer2D` flattens it.
        - masks (optional): (N * V * T, 5), 0 or 1, replace the masks of the network.
        - returns: the maps of `out_indices`, with 24, 40, 80 and 112 channels, and
          (N * V * T, 1280, 1, 1); last the masks (N * V * T, 5).

    Raises:
        TypeError: If a number is not an integer or a key is unknown.
        ValueError: As for `AFResNet`.

    Source: "Look More but Care Less in Video Recognition", arXiv 2211.09992, Table 2.
    The text does not describe this network; its sizes are taken from the authors' code
    (https://github.com/BeSpontaneous/AFNet-pytorch, MIT).
    """

    zero_init = False

    def __init__(
        self,
        num_segments: int = 12,
        with_shift: bool = True,
        selection_cfg: OptConfigType = None,
        out_indices: Sequence[int] = (4,),
        frozen_stages: int = -1,
        in_channels: int = 3,
        norm_cfg: ConfigType = BATCH_NORM,
        norm_eval: bool = False,
        init_cfg: OptConfigType = None,
    ) -> None:
        super().__init__(
            num_segments, with_shift, selection_cfg, None, norm_cfg, norm_eval, init_cfg
        )
        check_positive('AFMobileNetV3', in_channels=in_channels)
        self.set_stages(out_indices, frozen_stages, 5)
        self.stem = self._conv(in_channels, STEM_CHANNELS, 3, 2)
        units, channels = self._plain(STEM_CHANNELS, FIRST)
        self.layer1 = nn.Sequential(*units)
        for i, (rows, fusion) in enumerate(AF_STAGES, 2):
            self.add_module(f'layer{i}', self._af_stage(channels, rows, fusion))
            channels = fusion.out
        units, channels = self._plain(channels, LAST[0])
        self.layer4 = nn.Sequential(*units)
        units, channels = self._plain(channels, LAST[1])
        self.layer5 = nn.Sequential(
            *units,
            self._conv(channels, LAST_CHANNELS, 1, 1),
            PooledLinear(LAST_CHANNELS, HIDDEN_CHANNELS),
        )
        self.finish()

    def _conv(self, incoming: int, out: int, kernel: int, stride: int) -> nn.Sequential:
        """Convolution, norm and h-swish."""
        return nn.Sequential(
            OrderedDict(
                conv=nn.Conv2d(incoming, out, kernel, stride, kernel // 2, bias=False),
                norm=build_norm_layer(self.norm_cfg, out)[1],
                act=nn.Hardswish(),
            )
        )

    def _unit(self, incoming: int, row: BlockSizes) -> ResidualUnit:
        """Block that computes all frames."""
        same = row.stride == 1 and incoming == row.out
        return ResidualUnit(
            inverted_bottleneck(incoming, row, self.norm_cfg),
            nn.Identity() if same else None,
            False,
            self.shift_segments,
        )

    def _focal(self, incoming: int, row: BlockSizes) -> FocalUnit:
        """Block that skips frames."""
        shortcut: nn.Module = nn.Identity()
        if incoming != row.out:
            shortcut = conv_norm(incoming, row.out, self.norm_cfg, groups=2)
        return FocalUnit(
            inverted_bottleneck(
                incoming, row._replace(stride=1), self.norm_cfg, groups=2
            ),
            shortcut,
            False,
            self.shift_segments,
            self.selection.skipped,
            self.selection.sparse_eval,
        )

    def _plain(
        self, channels: int, rows: Sequence[BlockSizes]
    ) -> Tuple[List[ResidualUnit], int]:
        """Consecutive blocks of all frames, and the channels of their output."""
        units = []
        for row in rows:
            units.append(self._unit(channels, row))
            channels = row.out
        return units, channels

    def _af_stage(
        self, incoming: int, rows: Sequence[BlockSizes], fusion: BlockSizes
    ) -> AFStage:
        """AF module."""
        options = self.selection
        channels = [incoming] + [row.out for row in rows]
        start = int(options.mask_source == 'output')
        seen = channels[start : start + len(rows)]
        number = len(rows)
        if options.placement == 'first':
            number = int(rows is AF_STAGES[0][0])
        return AFStage(
            [self._unit(a, row) for a, row in zip(channels, rows)],
            [self._focal(a, row) for a, row in zip(channels, rows)],
            [
                build_selector(options, each, self.num_segments, self.norm_cfg)
                for each in seen[:number]
            ],
            from_output=options.mask_source == 'output',
            merge=AdaptiveMerge(channels[-1], bias=True),
            merge_relu=False,
            fusion=self._unit(channels[-1], fusion),
            soft=options.policy == 'soft',
        )
