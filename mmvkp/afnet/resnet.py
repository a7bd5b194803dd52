"""AFResNet: a ResNet of ample and focal branches (2D)."""

from collections import OrderedDict
from typing import List, Sequence

from mmaction.registry import MODELS
from mmaction.utils import ConfigType, OptConfigType
from mmcv.cnn import build_norm_layer
from torch import nn

from ..checks import check_positive
from .ample_focal import AdaptiveMerge, AFStage
from .base import AFBackbone
from .focal_unit import FocalUnit, ResidualUnit
from .resnet_layout import ResNetLayout
from .selection import build_selector
from .spatial_selection import build_regions


@MODELS.register_module()
class AFResNet(AFBackbone):
    """ResNet whose first stages are AF modules.

    In each of these an ample branch sees all frames at half the resolution
    and width, and a focal branch, at full size with grouped convolutions,
    computes only the frames that navigation modules select; both are merged
    and fused. In eval, frames that are not selected cost nothing in the
    focal branch. Use it with `FrameSelectionNeck`, which takes the masks.

    Args:
        depth (int): 50 or 101.
        num_segments (int): Frames T per view.
        with_shift (bool): Temporal shift (TSM) in front of the convolutions
            of every block.
        selection_cfg (dict, optional): Policy, and the reading of the paper;
            see `SelectionOptions`.
        spatial_cfg (dict, optional): Selection of regions as well, section
            3.3; see `SpatialOptions`. None selects whole frames.
        arch_cfg (dict, optional): Other sizes than those of ``depth``, and
            the network of a single branch; see `ResNetLayout`.
        out_indices (Sequence[int]): Stages to return, from 0.
        frozen_stages (int): Stages whose parameters and statistics stay as
            they are: -1 none, 0 the stem, 1 also the first stage and so on.
        in_channels (int): Channels of the frames.
        norm_cfg (dict): Norm layer.
        norm_eval (bool): Whether norm layers keep their statistics in
            training.
        init_cfg (dict, optional): Initialisation as in MMEngine.

    Shape:
        - x: (N * V * T, 3, H, W), view-major as `Recognizer2D` flattens it.
        - masks (optional): (N * V * T, M), 0 or 1, to use instead of those
          of the network.
        - returns: tuple of the maps (N * V * T, C_i, H_i, W_i) of
          ``out_indices``; with ``spatial_cfg`` the masks of regions
          (N * V * T, M, g, g); last the masks (N * V * T, M) in the order of
          the focal blocks, M = 10 at depth 50 and 27 at depth 101.

    Raises:
        TypeError: If a number is no integer or a key is not known.
        ValueError: If an argument is out of range; at run time if the number
            of frames is not a multiple of ``num_segments``, if forced masks
            have another shape, or if the logits of a navigation module are
            not finite.

    Source: "Look More but Care Less in Video Recognition", arXiv 2211.09992,
    section 3; widths and strides that the text leaves out as in the authors'
    code (https://github.com/BeSpontaneous/AFNet-pytorch, MIT).
    """

    def __init__(
        self,
        depth: int = 50,
        num_segments: int = 8,
        with_shift: bool = False,
        selection_cfg: OptConfigType = None,
        spatial_cfg: OptConfigType = None,
        arch_cfg: OptConfigType = None,
        out_indices: Sequence[int] = (3,),
        frozen_stages: int = -1,
        in_channels: int = 3,
        norm_cfg: ConfigType = dict(type='BN', requires_grad=True),
        norm_eval: bool = False,
        init_cfg: OptConfigType = None,
    ) -> None:
        super().__init__(
            num_segments,
            with_shift,
            selection_cfg,
            spatial_cfg,
            norm_cfg,
            norm_eval,
            init_cfg,
        )
        self.layout = ResNetLayout.from_cfg(arch_cfg, depth)
        check_positive('AFResNet', in_channels=in_channels)
        stages = len(self.layout.stage_blocks)
        self.set_stages(out_indices, frozen_stages, stages)
        layout = self.layout
        channels = layout.base_channels
        stem = OrderedDict(
            conv=nn.Conv2d(
                in_channels,
                channels,
                layout.stem_kernel,
                stride=layout.stem_stride,
                padding=layout.stem_kernel // 2,
                bias=False,
            ),
            norm=build_norm_layer(norm_cfg, channels)[1],
            relu=nn.ReLU(inplace=True),
        )
        if layout.stem_pool:
            stem['pool'] = nn.MaxPool2d(3, 2, 1)
        self.stem = nn.Sequential(stem)
        for i in range(stages):
            out = layout.base_channels * 4 * 2**i
            if i >= layout.num_af_stages:
                stage = self._plain_stage(i, channels, out)
            elif layout.two_branches:
                stage = self._af_stage(i, channels, out)
            else:
                stage = self._single_branch_stage(i, channels, out)
            self.add_module(f'layer{i + 1}', stage)
            channels = out
        self.finish()

    def _ample(
        self, incoming: int, out: int, stride: int = 1, relu: bool = True
    ) -> ResidualUnit:
        """A bottleneck of ample type: all frames, pooled shortcut."""
        return ResidualUnit(
            bottleneck(incoming, out // 4, out, self.norm_cfg, stride),
            pooled_shortcut(incoming, out, self.norm_cfg, stride),
            relu,
            self.shift_segments,
        )

    def _plain_stage(self, index: int, incoming: int, out: int) -> nn.Sequential:
        """A stage that computes all frames."""
        stride = self.layout.strides[index]
        return nn.Sequential(
            self._ample(incoming, out, stride),
            *(
                self._ample(out, out)
                for _ in range(self.layout.stage_blocks[index] - 1)
            ),
        )

    def _focal(
        self,
        incoming: int,
        out: int,
        groups: int,
        relu: bool,
        first: bool,
        stride: int = 1,
    ) -> FocalUnit:
        """A bottleneck that skips frames."""
        shortcut = (
            nn.Identity()
            if incoming == out and stride == 1
            else nn.Sequential(
                OrderedDict(
                    conv=nn.Conv2d(incoming, out, 1, stride, bias=False),
                    norm=build_norm_layer(self.norm_cfg, out)[1],
                )
            )
        )
        return FocalUnit(
            bottleneck(incoming, out // 4, out, self.norm_cfg, stride, groups),
            shortcut,
            relu,
            self.shift_segments,
            self.selection.skipped,
            self.selection.sparse_eval,
            not first,
        )

    def _selectors(self, index: int, channels: Sequence[int]) -> dict:
        """Temporal and spatial selection of a stage's blocks."""
        options = self.selection
        number = len(channels)
        if options.placement == 'first':
            number = int(index == 0)
        selectors = [
            build_selector(options, each, self.num_segments, self.norm_cfg)
            for each in channels[:number]
        ]
        regions: List[nn.Module] = []
        if self.spatial is not None:
            regions = [
                build_regions(self.spatial, each, options.noise, self.norm_cfg)
                for each in channels
            ]
        return dict(
            selectors=selectors,
            regions=regions,
            from_output=options.mask_source == 'output',
            soft=options.policy == 'soft',
        )

    def _af_stage(self, index: int, incoming: int, out: int) -> AFStage:
        """An AF module."""
        number = self.layout.stage_blocks[index] - 1
        width = out // 2
        ample = [
            self._ample(
                incoming if n == 0 else width,
                width,
                stride=2 if n == 0 else 1,
                relu=n < number - 1,
            )
            for n in range(number)
        ]
        focal = [
            self._focal(
                incoming if n == 0 else out,
                out,
                groups=2,
                relu=n < number - 1,
                first=n == 0,
            )
            for n in range(number)
        ]
        seen = [width] * number
        if self.selection.mask_source == 'input':
            seen[0] = incoming
        ample_out = nn.Sequential(
            OrderedDict(
                conv=nn.Conv2d(width, out, 1, bias=False),
                norm=build_norm_layer(self.norm_cfg, out)[1],
            )
        )
        return AFStage(
            ample,
            focal,
            ample_out=ample_out,
            merge=AdaptiveMerge(out),
            fusion=self._ample(out, out, self.layout.strides[index]),
            **self._selectors(index, seen),
        )

    def _single_branch_stage(self, index: int, incoming: int, out: int) -> AFStage:
        """A plain stage whose blocks skip frames."""
        number = self.layout.stage_blocks[index]
        focal = [
            self._focal(
                incoming if n == 0 else out,
                out,
                groups=1,
                relu=True,
                first=n == 0,
                stride=self.layout.strides[index] if n == 0 else 1,
            )
            for n in range(number)
        ]
        seen = [incoming] + [out] * (number - 1)
        return AFStage((), focal, **self._selectors(index, seen))


def bottleneck(
    incoming: int,
    mid: int,
    out: int,
    norm_cfg: ConfigType,
    stride: int = 1,
    groups: int = 1,
) -> nn.Sequential:
    """Convolutions 1x1, 3x3 and 1x1 with norms, the last without a ReLU.

    Args:
        incoming (int): Channels that come in.
        mid (int): Channels between the convolutions.
        out (int): Channels that go out.
        norm_cfg (dict): Norm layer.
        stride (int): Stride of the 3x3 convolution.
        groups (int): Groups of all three.
    """
    layers = OrderedDict()
    sizes = ((incoming, mid, 1), (mid, mid, 3), (mid, out, 1))
    for n, (a, b, kernel) in enumerate(sizes, 1):
        layers[f'conv{n}'] = nn.Conv2d(
            a,
            b,
            kernel,
            stride=stride if kernel == 3 else 1,
            padding=kernel // 2,
            groups=groups,
            bias=False,
        )
        layers[f'norm{n}'] = build_norm_layer(norm_cfg, b)[1]
        if n < 3:
            layers[f'relu{n}'] = nn.ReLU(inplace=True)
    return nn.Sequential(layers)


def pooled_shortcut(
    incoming: int, out: int, norm_cfg: ConfigType, stride: int
) -> nn.Module:
    """Average pooling for a stride, 1x1 convolution for other channels.

    Args:
        incoming (int): Channels that come in.
        out (int): Channels that go out.
        norm_cfg (dict): Norm layer.
        stride (int): 1 or 2.
    """
    layers = OrderedDict()
    if stride == 2:
        layers['pool'] = nn.AvgPool2d(3, 2, 1)
    if incoming != out:
        layers['conv'] = nn.Conv2d(incoming, out, 1, bias=False)
        layers['norm'] = build_norm_layer(norm_cfg, out)[1]
    return nn.Sequential(layers) if layers else nn.Identity()
