"""TDN: a ResNet that sees the differences between frames."""

import copy
from collections import OrderedDict
from typing import Any, List, Tuple, Union

import torch
from mmaction.registry import MODELS
from mmcv.cnn import ConvModule
from mmengine.model import BaseModule
from torch import Tensor, nn

from ..checks import check_positive
from .slim_resnet import SlimResNet
from .temporal_difference import ShortTermTDM, TemporalDifferenceBlock, fuse_difference

# Where the layers for differences lie, in front of torchvision's names.
_BRANCH = 'short_term.'


@MODELS.register_module()
class ResNetTDN(SlimResNet):
    """ResNet with the temporal difference modules of TDN.

    A segment is several neighbouring frames. The one in the middle goes
    through the ResNet; the differences between them go through a second stem
    and a second first stage (`ShortTermTDM`), whose maps are added behind the
    stem and behind the first stage. Blocks of the other stages have the
    long-term module and a temporal convolution (`TemporalDifferenceBlock`).

    As in the code of the authors, the convolutions of the ResNet have biases,
    and the shares of frame and differences in the sums are 0.5 and 0.5 with 8
    segments, 0.75 and 0.25 otherwise.

    Args:
        depth (int): As of `SlimResNet`. Paper: 50 and 101.
        num_segments (int): Segments T per view.
        frames_per_segment (int): Frames F of a segment, odd. Paper: 5.
        **kwargs (Any): The other arguments of `SlimResNet`; ``in_channels``
            are those of one frame. ``pretrained`` names weights of a ResNet
            as of MMAction2's `ResNet`; of torchvision's format, the stem and
            first stage for differences take those of the frame too, the stem
            averaged over the channels.

    Shape:
        - x: (N * T, F * in_channels, H, W), clip-major as `Recognizer2D`
          flattens it; the first frame's channels first.
        - returns: the map of the last stage, (N * T, 2048, H / 32, W / 32) at
          depth 50 and more; a tuple if ``out_indices`` names several stages.

    Raises:
        TypeError: If a number is no integer.
        ValueError: If an argument is out of range, or if the input has other
            channels or does not fill whole views.

    Source: "TDN: Temporal Difference Networks for Efficient Action
    Recognition", arXiv 2012.10071; code of the authors read: MCG-NJU/TDN
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
        """Refuse what are no segments of frames, or no whole views.

        Shape:
            - x: (N * T, F * in_channels, H, W).

        Raises:
            ValueError: See above.
        """
        channels = self.frames_per_segment * self.in_channels
        if x.dim() != 4 or x.shape[1] != channels:
            raise ValueError(
                f'ResNetTDN: the input has shape {tuple(x.shape)}; segments '
                f'(N * num_segments, {channels}, H, W) of '
                f'{self.frames_per_segment} frames with {self.in_channels} '
                'channels are needed. Use SampleSegmentFrames(clip_len='
                f'{self.frames_per_segment}) and, in front of FormatShape('
                "input_format='NCHW'), StackSegmentFrames in the pipeline."
            )
        if len(x) % self.num_segments:
            raise ValueError(
                f'ResNetTDN: {len(x)} segments cannot be split into views of '
                f'num_segments={self.num_segments}; set it to num_clips of '
                'SampleSegmentFrames.'
            )

    def forward_stem(self, x: Tensor) -> Tuple[Tensor, Tensor]:
        """Go through both stems, the first sum and the stage for differences.

        Shape:
            - x: (N * T, F * in_channels, H, W).
            - returns: the sum, (N * T, base_channels, H / 4, W / 4), input of
              ``layer1``, and d1, to be added behind ``layer1``.
        """
        self.check_input(x)
        d0, d1 = self.short_term(x)
        start = self.frames_per_segment // 2 * self.in_channels
        frame = x[:, start : start + self.in_channels]
        frame = self.maxpool(self.conv1(frame))
        return fuse_difference(frame, d0, self.fusion_weights), d1

    def forward_maps(self, x: Tensor, last: int) -> List[Tensor]:
        """Maps of all stages from the first to ``last``.

        Args:
            x (Tensor): The input.
            last (int): Number of a stage, 0-based; those behind it are not
                run and need not be there.

        Shape:
            - x: (N * T, F * in_channels, H, W).
            - returns: ``last + 1`` maps (N * T, C, h, w).
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
        """Map of stage ``last`` alone; see `forward_maps`.

        Shape:
            - x: (N * T, F * in_channels, H, W).
            - returns: (N * T, C, h, w).
        """
        return self.forward_maps(x, last)[-1]

    def forward(self, x: Tensor) -> Union[Tensor, Tuple[Tensor, ...]]:
        """Run the network.

        Shape:
            - x: (N * T, F * in_channels, H, W).
            - returns: as the class says.
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
        conv: nn.Module,
        state_dict_tv: OrderedDict,
        module_name_tv: str,
        loaded_param_names: List[str],
    ) -> None:
        """Load a convolution; biases that are not there are 0."""
        name = module_name_tv.replace(_BRANCH, '')
        if conv.bias is None:  # the stem for differences
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
        """Freeze the layers for differences with those of the frame."""
        super()._freeze_stages()
        branch = self.short_term
        for module in (branch.conv1, branch.layer1)[: self.frozen_stages + 1]:
            module.eval()
            for param in module.parameters():
                param.requires_grad = False
