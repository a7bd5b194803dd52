"""TDN: a ResNet with temporal difference modules."""

import copy
from collections import OrderedDict
from typing import Any, List, Tuple, Union

import torch
from mmaction.registry import MODELS
from mmcv.cnn import ConvModule
from mmengine.model import BaseModule
from torch import Tensor, nn

from ..checks import check_positive
from .short_term_difference import ShortTermTDM, fuse_difference
from .slim_resnet import SlimResNet
from .temporal_difference import TemporalDifferenceBlock

# Prefix of the layers of the short-term branch before torchvision's names.
_BRANCH = 'short_term.'


@MODELS.register_module()
class ResNetTDN(SlimResNet):
    """ResNet with the temporal difference modules of TDN.

    A segment is a run of neighbouring frames. The ResNet processes the middle
    frame. The short-term branch (`ShortTermTDM`, a second stem and first stage)
    processes the differences between the frames; its maps are added after the
    stem and after the first stage. Blocks of the other stages have the
    long-term module and a temporal convolution (`TemporalDifferenceBlock`).

    As in the authors' code, the convolutions of the ResNet have biases, and the
    weights of frame and differences in the sums are 0.5 and 0.5 with 8
    segments, otherwise 0.75 and 0.25.

    Args:
        depth (int): See `SlimResNet`. Paper: 50 and 101.
        num_segments (int): Segments T per view.
        frames_per_segment (int): Frames F of a segment, odd. Paper: 5.
        **kwargs (Any): Other arguments of `SlimResNet`; `in_channels` is the
            number of channels of one frame. `pretrained` names weights as in
            MMAction2's `ResNet`. In torchvision's format they also initialise
            the short-term branch, its stem with the average over the channels.

    Shape:
        - x: (N * T, F * in_channels, H, W), clip-major as `Recognizer2D`
          flattens it; the first frame's channels first.
        - returns: the map of the last stage, (N * T, 2048, H / 32, W / 32) at
          depth 50 and more; a tuple if `out_indices` names several stages.

    Raises:
        TypeError: If a number is not an integer.
        ValueError: If an argument is out of range; at run time if the input has
            a wrong number of channels or of segments.

    Source: "TDN: Temporal Difference Networks for Efficient Action
    Recognition", arXiv 2012.10071; authors' code read: MCG-NJU/TDN
    (Apache-2.0).
    """

    def __init__(
        self,
        depth: int,
        num_segments: int = 8,
        frames_per_segment: int = 5,
        **kwargs: Any,
    ) -> None:
        check_positive(
            'ResNetTDN',
            num_segments=num_segments,
            frames_per_segment=frames_per_segment,
        )
        if frames_per_segment < 3 or frames_per_segment % 2 == 0:
            raise ValueError(
                f'ResNetTDN: frames_per_segment={frames_per_segment} has no '
                'middle frame with neighbours; it must be 3, 5, 7, ... '
                '(paper: 5).'
            )
        super().__init__(depth, **kwargs)
        self.num_segments = num_segments
        self.frames_per_segment = frames_per_segment
        self.fusion_weights = (0.5, 0.5) if num_segments == 8 else (0.75, 0.25)
        for module in self.modules():
            if isinstance(module, ConvModule):
                module.conv.bias = nn.Parameter(torch.zeros(module.conv.out_channels))
        self.short_term = ShortTermTDM(
            self.in_channels,
            frames_per_segment,
            self.base_channels,
            copy.deepcopy(self.layer1),
            conv_cfg=self.conv_cfg,
            norm_cfg=self.norm_cfg,
            act_cfg=self.act_cfg,
        )
        for name in self.res_layers[1:]:
            blocks = getattr(self, name)
            for i, block in enumerate(blocks):
                blocks[i] = TemporalDifferenceBlock(block, num_segments, self.norm_cfg)

    def check_input(self, x: Tensor) -> None:
        """Refuse inputs that are not whole views of segments.

        Shape:
            - x: (N * T, F * in_channels, H, W).

        Raises:
            ValueError: If the number of channels or of segments is wrong.
        """
        channels = self.frames_per_segment * self.in_channels
        if x.dim() != 4 or x.shape[1] != channels:
            raise ValueError(
                f'ResNetTDN: the input has shape {tuple(x.shape)}; segments '
                f'(N * num_segments, {channels}, H, W) of '
                f'{self.frames_per_segment} frames with {self.in_channels} '
                'channels are needed. Use SampleSegmentFrames(clip_len='
                f'{self.frames_per_segment}) and StackSegmentFrames, before '
                "FormatShape(input_format='NCHW')."
            )
        # Not len(x), which would fix the number of segments in an export.
        if x.shape[0] % self.num_segments:
            raise ValueError(
                f'ResNetTDN: {x.shape[0]} segments cannot be split into views of '
                f'num_segments={self.num_segments}; set it to num_clips of '
                'SampleSegmentFrames.'
            )

    def forward_stem(self, x: Tensor) -> Tuple[Tensor, Tensor]:
        """Run both stems and the short-term branch.

        Shape:
            - x: (N * T, F * in_channels, H, W).
            - returns: the sum of the stems, (N * T, base_channels, H / 4, W / 4),
              which is the input of `layer1`, and d1, which is added to its output.
        """
        self.check_input(x)
        d0, d1 = self.short_term(x)
        start = self.frames_per_segment // 2 * self.in_channels
        frame = x[:, start : start + self.in_channels]
        frame = self.maxpool(self.conv1(frame))
        return fuse_difference(frame, d0, self.fusion_weights), d1

    def forward_maps(self, x: Tensor, last: int) -> List[Tensor]:
        """Compute the maps of all stages from the first to `last`.

        Args:
            x (Tensor): The input.
            last (int): Number of a stage, from 0; later stages are not run
                and may be missing.

        Shape:
            - x: (N * T, F * in_channels, H, W).
            - returns: `last + 1` maps (N * T, C, h, w).
        """
        x, d1 = self.forward_stem(x)
        maps: List[Tensor] = []
        for i, name in enumerate(self.res_layers[: last + 1]):
            x = getattr(self, name)(x)
            if i == 0:
                x = fuse_difference(x, d1, self.fusion_weights)
            maps.append(x)
        return maps

    def forward_stages(self, x: Tensor, last: int) -> Tensor:
        """Compute the map of stage `last` only; see `forward_maps`.

        Shape:
            - x: (N * T, F * in_channels, H, W).
            - returns: (N * T, C, h, w).
        """
        return self.forward_maps(x, last)[-1]

    def forward(self, x: Tensor) -> Union[Tensor, Tuple[Tensor, ...]]:
        """Run the network.

        Shape:
            - x: (N * T, F * in_channels, H, W).
            - returns: see the class.
        """
        maps = self.forward_maps(x, max(self.out_indices))
        outs = tuple(maps[i] for i in sorted(set(self.out_indices)))
        return outs[0] if len(outs) == 1 else outs

    def init_weights(self) -> None:
        """Initialise as the host.

        Layers that pretrained weights in torchvision's format lack start as
        without pretrained weights.
        """
        if isinstance(self.pretrained, str) and self.torchvision_pretrain:
            BaseModule.init_weights(self)
        super().init_weights()

    @staticmethod
    def _load_conv_params(
        conv: nn.Conv2d,
        state_dict_tv: OrderedDict,
        module_name_tv: str,
        loaded_param_names: List[str],
    ) -> None:
        """Load a convolution; missing biases are 0."""
        name = module_name_tv.replace(_BRANCH, '')
        if conv.bias is None:  # stem of the short-term branch
            mean = state_dict_tv[f'{name}.weight'].mean(1, keepdim=True)
            state_dict_tv = OrderedDict(
                {f'{name}.weight': mean.expand(-1, conv.in_channels, -1, -1)}
            )
        else:
            state_dict_tv.setdefault(f'{name}.bias', torch.zeros_like(conv.bias))
        SlimResNet._load_conv_params(conv, state_dict_tv, name, loaded_param_names)

    @staticmethod
    def _load_bn_params(
        bn: nn.Module,
        state_dict_tv: OrderedDict,
        module_name_tv: str,
        loaded_param_names: List[str],
    ) -> None:
        """Load a norm layer."""
        SlimResNet._load_bn_params(
            bn, state_dict_tv, module_name_tv.replace(_BRANCH, ''), loaded_param_names
        )

    def _freeze_stages(self) -> None:
        """Freeze the short-term branch with the stem and the first stage."""
        super()._freeze_stages()
        branch = self.short_term
        for module in (branch.conv1, branch.layer1)[: self.frozen_stages + 1]:
            module.eval()
            for param in module.parameters():
                param.requires_grad = False
