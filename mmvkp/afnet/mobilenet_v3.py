"""AFMobileNetV3: a MobileNetV3 of ample and focal branches (2D)."""

from collections import OrderedDict
from typing import List, NamedTuple, Optional, Sequence, Tuple

from mmaction.models.backbones.mobilenet_v2 import make_divisible
from mmaction.registry import MODELS
from mmaction.utils import ConfigType, OptConfigType
from mmcv.cnn import build_norm_layer
from torch import Tensor, nn

from ..checks import check_positive
from .ample_focal import AdaptiveMerge, AFStage
from .base import AFBackbone
from .focal_unit import FocalUnit, ResidualUnit
from .selection import build_selector, global_mean


class Row(NamedTuple):
    """One inverted residual block, as tables of MobileNets list them."""

    kernel: int
    expansion: float
    out: int
    squeeze: bool
    swish: bool
    stride: int


# The large network. A focal block differs from the ample one beside it in its
# stride alone.
FIRST = (
    Row(3, 1, 16, False, False, 1),
    Row(3, 4, 24, False, False, 2),
    Row(3, 3, 24, False, False, 2),
)
AF_STAGES = (
    (
        (Row(5, 3, 40, True, False, 2), Row(5, 3, 40, True, False, 1)),
        Row(5, 3, 40, True, False, 2),
    ),
    (
        (
            Row(3, 6, 80, False, True, 2),
            Row(3, 2.5, 80, False, True, 1),
            Row(3, 2.3, 80, False, True, 1),
        ),
        Row(3, 2.3, 80, False, True, 1),
    ),
)
LAST = (
    (Row(3, 6, 112, True, True, 1),) * 2,
    (
        Row(5, 6, 160, True, True, 2),
        Row(5, 6, 160, True, True, 1),
        Row(5, 6, 160, True, True, 1),
    ),
)
STEM_CHANNELS = 16
LAST_CHANNELS = 960
HIDDEN_CHANNELS = 1280


@MODELS.register_module()
class AFMobileNetV3(AFBackbone):
    """MobileNetV3 (large) whose stages 2 and 3 are AF modules.

    As in `AFResNet`, with inverted residual blocks; the two branches have
    the same width, the pointwise convolutions of the focal one two groups.
    The hidden layer in front of the classifier belongs to the backbone,
    because frames are averaged after it.

    Args:
        num_segments (int): Frames T per view.
        with_shift (bool): Temporal shift in front of the convolutions of
            every block; the authors' network always has it.
        selection_cfg (dict, optional): Policy, and the reading of the paper;
            see `SelectionOptions`.
        out_indices (Sequence[int]): Stages to return, from 0; stage 4 gives
            the feature after the hidden layer.
        frozen_stages (int): Stages whose parameters and statistics stay as
            they are: -1 none, 0 the stem, 1 also the first stage and so on.
        in_channels (int): Channels of the frames.
        norm_cfg (dict): Norm layer.
        norm_eval (bool): Whether norm layers keep their statistics in
            training.
        init_cfg (dict, optional): Initialisation as in MMEngine.

    Shape:
        - x: (N * V * T, 3, H, W), view-major as `Recognizer2D` flattens it.
        - masks (optional): (N * V * T, 5), 0 or 1, to use instead of those
          of the network.
        - returns: the maps of ``out_indices``, 24, 40, 80 and 112 channels
          and (N * V * T, 1280, 1, 1); last the masks (N * V * T, 5).

    Raises:
        TypeError: If a number is no integer or a key is not known.
        ValueError: As in `AFResNet`.

    Source: "Look More but Care Less in Video Recognition", arXiv 2211.09992,
    Table 2; the text does not describe this network, its sizes are those of
    the authors' code (https://github.com/BeSpontaneous/AFNet-pytorch, MIT).
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
        norm_cfg: ConfigType = dict(type='BN', requires_grad=True),
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
                act=nn.Hardswish(inplace=True),
            )
        )

    def _unit(self, incoming: int, row: Row) -> ResidualUnit:
        """A block that computes all frames."""
        same = row.stride == 1 and incoming == row.out
        return ResidualUnit(
            inverted_bottleneck(incoming, row, self.norm_cfg),
            nn.Identity() if same else None,
            False,
            self.shift_segments,
        )

    def _focal(self, incoming: int, row: Row, first: bool) -> FocalUnit:
        """A block that skips frames."""
        shortcut = (
            nn.Identity()
            if incoming == row.out
            else nn.Sequential(
                OrderedDict(
                    conv=nn.Conv2d(incoming, row.out, 1, groups=2, bias=False),
                    norm=build_norm_layer(self.norm_cfg, row.out)[1],
                )
            )
        )
        return FocalUnit(
            inverted_bottleneck(
                incoming, row._replace(stride=1), self.norm_cfg, groups=2
            ),
            shortcut,
            False,
            self.shift_segments,
            self.selection.skipped,
            self.selection.sparse_eval,
            not first,
        )

    def _plain(self, channels: int, rows: Sequence[Row]) -> Tuple[List[nn.Module], int]:
        """Blocks in a row, and the channels behind them."""
        units = []
        for row in rows:
            units.append(self._unit(channels, row))
            channels = row.out
        return units, channels

    def _af_stage(self, incoming: int, rows: Sequence[Row], fusion: Row) -> AFStage:
        """An AF module; its branches have the same widths."""
        options = self.selection
        channels = [incoming] + [row.out for row in rows]
        start = int(options.mask_source == 'output')
        seen = channels[start : start + len(rows)]
        number = len(rows)
        if options.placement == 'first':
            number = int(rows is AF_STAGES[0][0])
        return AFStage(
            [self._unit(a, row) for a, row in zip(channels, rows)],
            [
                self._focal(a, row, n == 0)
                for n, (a, row) in enumerate(zip(channels, rows))
            ],
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


class SqueezeExcite(nn.Module):
    """Channels weighed by their means.

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
        """Weigh the channels; see the class for the shapes."""
        weight = self.expand(self.squeeze(global_mean(x)).relu())
        return x * nn.functional.hardsigmoid(weight)[:, :, None, None]


class PooledLinear(nn.Module):
    """Mean of a map, a linear layer and h-swish.

    Args:
        incoming (int): Channels that come in.
        out (int): Channels that go out.

    Shape:
        - x: (B, C, H, W).
        - returns: (B, C', 1, 1).
    """

    def __init__(self, incoming: int, out: int) -> None:
        super().__init__()
        self.linear = nn.Linear(incoming, out)

    def forward(self, x: Tensor) -> Tensor:
        """Pool and map; see the class for the shapes."""
        x = nn.functional.hardswish(self.linear(global_mean(x)))
        return x[:, :, None, None]


def inverted_bottleneck(
    incoming: int, row: Row, norm_cfg: ConfigType, groups: int = 1
) -> nn.Sequential:
    """Pointwise, depthwise and pointwise convolution, the last one linear.

    Args:
        incoming (int): Channels that come in.
        row (Row): Sizes. The hidden width is the expansion times the
            incoming one, rounded to a multiple of 8; without expansion the
            first convolution is left out.
        norm_cfg (dict): Norm layer.
        groups (int): Groups of the pointwise convolutions.
    """
    hidden = make_divisible(incoming * row.expansion, 8)
    act = nn.Hardswish if row.swish else nn.ReLU
    squeeze: Optional[nn.Module] = SqueezeExcite(hidden) if row.squeeze else None
    layers = OrderedDict()

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
        layers['expand_act'] = act(inplace=True)
    add('depthwise', hidden, hidden, row.kernel, hidden)
    if squeeze is not None:
        layers['squeeze'] = squeeze
    layers['depthwise_act'] = act(inplace=True)
    add('project', hidden, row.out, 1, groups)
    return nn.Sequential(layers)
