"""AFResNet: a 2D ResNet with ample and focal branches."""

from typing import List, Sequence

from mmaction.registry import MODELS
from mmaction.utils import ConfigType, OptConfigType
from mmcv.cnn import build_norm_layer
from torch import nn

from ..checks import check_positive
from .ample_focal import AdaptiveMerge, AFStage
from .base import AFBackbone
from .focal_unit import FocalUnit, ResidualUnit
from .resnet_blocks import bottleneck, conv_norm, pooled_shortcut
from .resnet_layout import ResNetLayout
from .selection import BATCH_NORM, build_selector
from .spatial_selection import build_regions


@MODELS.register_module()
class AFResNet(AFBackbone):
    """ResNet whose first stages are AF modules.

    In an AF module the ample branch computes all frames at half the resolution and
    width. The focal branch, with full size and grouped convolutions, computes only the
    frames that navigation modules select. Both branches are merged and fused. In eval,
    skipped frames cost nothing in the focal branch. Use `FrameSelectionNeck` after it.

    Args:
        depth (int): 50 or 101.
        num_segments (int): Frames T per view.
        with_shift (bool): Temporal shift (TSM) before the convolutions of every block.
        selection_cfg (dict, optional): Policy, and reading of the paper; see
            `SelectionOptions`.
        spatial_cfg (dict, optional): Additional selection of regions, section 3.3; see
            `SpatialOptions`. None selects whole frames.
        arch_cfg (dict, optional): Sizes other than the ones of `depth`, and the
            network with a single branch; see `ResNetLayout`.
        out_indices (Sequence[int]): Stages to return, from 0.
        frozen_stages (int): Stages with frozen parameters and statistics: -1 none, 0
            the stem, 1 the stem and the first stage, and so on.
        in_channels (int): Channels of the frames.
        norm_cfg (dict): Norm layer.
        norm_eval (bool): Norm layers keep their statistics in training.
        init_cfg (dict, optional): Initialization as in MMEngine.

    Shape:
        - x: (N * V * T, 3, H, W), view-major as `Recognizer2D` flattens it.
        - masks (optional): (N * V * T, M), 0 or 1, replace the masks of the network;
          weights in [0, 1] with `policy='soft'`.
        - returns: tuple of the maps (N * V * T, C_i, H_i, W_i) of `out_indices`; with
          `spatial_cfg` the masks of regions (N * V * T, M, g, g); last the masks
          (N * V * T, M) in the order of the focal blocks, M = 10 at depth 50 and 27 at
          depth 101.

    Raises:
        TypeError: If a number is not an integer or a key is unknown.
        ValueError: If an argument is out of range; at run time if the number of frames
            is not a multiple of `num_segments`, or if given masks have another shape or
            other values.

    A frame with logits that are not finite gets the mask NaN and NaN features; other
    videos of the batch are not affected.

    `torch.jit.trace`, `torch.export` and ONNX exports record the computation of all
    frames, multiplied by the masks: right for all inputs, without a saving. Masks
    cannot be given then.

    Source: "Look More but Care Less in Video Recognition", arXiv 2211.09992, section
    3; widths and strides that are not in the text as in the authors' code
    (https://github.com/BeSpontaneous/AFNet-pytorch, MIT).
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
        norm_cfg: ConfigType = BATCH_NORM,
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
        if not self.layout.two_branches:
            self.selection.check_inert(False, single_branch=True)
        stages = len(self.layout.stage_blocks)
        self.set_stages(out_indices, frozen_stages, stages)
        self.stem = self._stem(in_channels)
        channels = self.layout.base_channels
        for i in range(stages):
            out = self.layout.base_channels * 4 * 2**i
            self.add_module(f'layer{i + 1}', self._stage(i, channels, out))
            channels = out
        self.finish()

    def _stem(self, in_channels: int) -> nn.Sequential:
        """First convolution, norm, ReLU and pooling."""
        layout, layers = self.layout, nn.Sequential()
        kernel, channels = layout.stem_kernel, layout.base_channels
        conv = nn.Conv2d(
            in_channels, channels, kernel, layout.stem_stride, kernel // 2, bias=False
        )
        layers.add_module('conv', conv)
        layers.add_module('norm', build_norm_layer(self.norm_cfg, channels)[1])
        layers.add_module('relu', nn.ReLU())
        if layout.stem_pool:
            layers.add_module('pool', nn.MaxPool2d(3, 2, 1))
        return layers

    def _stage(self, index: int, incoming: int, out: int) -> nn.Module:
        """Stage of the layout."""
        if index >= self.layout.num_af_stages:
            return self._plain_stage(index, incoming, out)
        if self.layout.two_branches:
            return self._af_stage(index, incoming, out)
        return self._single_branch_stage(index, incoming, out)

    def _ample(
        self, incoming: int, out: int, stride: int = 1, relu: bool = True
    ) -> ResidualUnit:
        """Bottleneck of all frames with a pooled shortcut."""
        return ResidualUnit(
            bottleneck(incoming, out // 4, out, self.norm_cfg, stride),
            pooled_shortcut(incoming, out, self.norm_cfg, stride),
            relu,
            self.shift_segments,
        )

    def _plain_stage(self, index: int, incoming: int, out: int) -> nn.Sequential:
        """Stage that computes all frames."""
        stride = self.layout.strides[index]
        return nn.Sequential(
            self._ample(incoming, out, stride),
            *(
                self._ample(out, out)
                for _ in range(self.layout.stage_blocks[index] - 1)
            ),
        )

    def _focal(
        self, incoming: int, out: int, groups: int, relu: bool, stride: int = 1
    ) -> FocalUnit:
        """Bottleneck that skips frames."""
        shortcut: nn.Module = nn.Identity()
        if incoming != out or stride != 1:
            shortcut = conv_norm(incoming, out, self.norm_cfg, stride)
        return FocalUnit(
            bottleneck(incoming, out // 4, out, self.norm_cfg, stride, groups),
            shortcut,
            relu,
            self.shift_segments,
            self.selection.skipped,
            self.selection.sparse_eval,
        )

    def _selectors(self, index: int, channels: Sequence[int]) -> dict:
        """Temporal and spatial selection of the blocks of a stage."""
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
                build_regions(self.spatial, each, options, self.norm_cfg)
                for each in channels
            ]
        return dict(
            selectors=selectors,
            regions=regions,
            from_output=options.mask_source == 'output',
            soft=options.policy == 'soft',
        )

    def _af_stage(self, index: int, incoming: int, out: int) -> AFStage:
        """AF module."""
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
            self._focal(incoming if n == 0 else out, out, groups=2, relu=n < number - 1)
            for n in range(number)
        ]
        seen = [width] * number
        if self.selection.mask_source == 'input':
            seen[0] = incoming
        return AFStage(
            ample,
            focal,
            ample_out=conv_norm(width, out, self.norm_cfg),
            merge=AdaptiveMerge(out),
            fusion=self._ample(out, out, self.layout.strides[index]),
            **self._selectors(index, seen),
        )

    def _single_branch_stage(self, index: int, incoming: int, out: int) -> AFStage:
        """Plain stage whose blocks skip frames."""
        number = self.layout.stage_blocks[index]
        focal = [
            self._focal(
                incoming if n == 0 else out,
                out,
                groups=1,
                relu=True,
                stride=self.layout.strides[index] if n == 0 else 1,
            )
            for n in range(number)
        ]
        seen = [incoming] + [out] * (number - 1)
        return AFStage((), focal, **self._selectors(index, seen))
