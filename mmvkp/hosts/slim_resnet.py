"""MMAction2's ResNet and TSM in any width, and with one block per stage."""

from typing import Any, Dict, Optional, Tuple, Union

from mmaction.models.backbones.resnet import BasicBlock, ResNet, make_res_layer
from mmaction.models.backbones.resnet_tsm import ResNetTSM
from mmaction.registry import MODELS
from mmcv.cnn import ConvModule
from torch import Tensor

from ..checks import (
    check_choice,
    check_flag,
    check_frames,
    check_inert,
    check_integer,
    check_positive,
)

_FLAGS = (
    'torchvision_pretrain',
    'norm_eval',
    'partial_bn',
    'with_cp',
    'is_shift',
    'temporal_pool',
)
_NUMBERS = ('in_channels', 'num_stages', 'num_segments', 'shift_div')


def _check_options(owner: str, options: Dict[str, Any]) -> None:
    """Refuse wrong types and options without effect, which the host ignores.

    Args:
        owner (str): Class that has the arguments.
        options (dict): Given arguments of MMAction2's `ResNet` or `ResNetTSM`.
    """
    check_flag(owner, **{name: options[name] for name in _FLAGS if name in options})
    numbers = {name: options[name] for name in _NUMBERS if name in options}
    check_positive(owner, **numbers)
    frozen, stages = options.get('frozen_stages', -1), options.get('num_stages', 4)
    check_integer(owner, frozen_stages=frozen)
    if not -1 <= frozen <= stages:
        raise ValueError(
            f'{owner}: frozen_stages={frozen} is outside [-1, {stages}]; -1 freezes '
            'nothing, 0 the stem, 1 also layer1 and so on.'
        )
    if options.get('pretrained') is None:
        given = (options.get('torchvision_pretrain', True), True)
        check_inert(owner, 'pretrained=None', torchvision_pretrain=given)
    if not options.get('is_shift', True):
        check_inert(
            owner,
            'is_shift=False',
            shift_div=(options.get('shift_div', 8), 8),
            shift_place=(options.get('shift_place', 'blockres'), 'blockres'),
        )


@MODELS.register_module()
class SlimResNet(ResNet):
    """ResNet of any width, for training on a CPU.

    With `base_channels=64` and a depth of MMAction2, names, weights and outputs
    equal MMAction2's ResNet.

    Args:
        depth (int): One of {10, 18, 34, 50, 101, 152}. Depth 10 has one
            `BasicBlock` per stage.
        base_channels (int): Channels of the stem. Stage i, counted from 0,
            has `base_channels * 2**i` times the expansion of its block (1 up
            to depth 34, 4 from depth 50).
        **kwargs (Any): Other arguments of MMAction2's `ResNet`.

    Shape:
        - x: (B, in_channels, H, W).
        - returns: the map of stage i, (B, base_channels * 2**i * expansion,
          H / 4 / 2**i, W / 4 / 2**i) with the host's strides; a tuple if
          `out_indices` names several stages.

    Raises:
        TypeError: If a number is not an integer, or a flag not a bool.
        ValueError: If an argument is out of range or has no effect, or if
            torchvision's weights are requested with another width than 64; at run
            time if the input does not fit.

    Source: "Deep Residual Learning for Image Recognition", arXiv 1512.03385,
    section 4.1; depth 10 is chosen here.
    """

    arch_settings = {10: (BasicBlock, (1, 1, 1, 1)), **ResNet.arch_settings}
    # Width during the constructor of the host.
    base_channels = 64

    def __init__(self, depth: int, base_channels: int = 64, **kwargs: Any) -> None:
        owner = type(self).__name__
        check_choice(owner, 'depth', depth, list(self.arch_settings))
        check_positive(owner, base_channels=base_channels)
        _check_options(owner, kwargs)
        weights = kwargs.get('pretrained')
        public = str(weights).startswith(
            ('torchvision://', 'https://download.pytorch.org/')
        )
        if base_channels != 64 and public:
            raise ValueError(
                f'{owner}: pretrained={weights!r} has base_channels=64, not '
                f'{base_channels}; set pretrained=None or base_channels=64.'
            )
        super().__init__(depth, **kwargs)
        if base_channels != self.base_channels:
            self.base_channels = base_channels
            self._make_stem_layer()
            self._make_stages()

    def forward(self, x: Tensor) -> Union[Tensor, Tuple[Tensor, ...]]:
        """Run the network; see the class for the shapes."""
        segments = getattr(self, 'num_segments', 1)
        check_frames(type(self).__name__, x, self.in_channels, segments)
        return super().forward(x)

    def _make_stem_layer(self) -> None:
        """Build the first convolution and the pooling after it."""
        super()._make_stem_layer()
        if self.base_channels != 64:
            self.conv1 = ConvModule(
                self.in_channels,
                self.base_channels,
                kernel_size=7,
                stride=2,
                padding=3,
                bias=False,
                conv_cfg=self.conv_cfg,
                norm_cfg=self.norm_cfg,
                act_cfg=self.act_cfg,
            )

    def _make_stages(self) -> None:
        """Replace the stages of the host by stages of the chosen width."""
        self.inplanes = self.base_channels
        for i, name in enumerate(self.res_layers):
            planes = self.base_channels * 2**i
            setattr(
                self,
                name,
                make_res_layer(
                    self.block,
                    self.inplanes,
                    planes,
                    self.stage_blocks[i],
                    stride=self.strides[i],
                    dilation=self.dilations[i],
                    style=self.style,
                    conv_cfg=self.conv_cfg,
                    norm_cfg=self.norm_cfg,
                    act_cfg=self.act_cfg,
                    with_cp=self.with_cp,
                ),
            )
            self.inplanes = planes * self.block.expansion
        self.feat_dim = self.inplanes


@MODELS.register_module()
class SlimResNetTSM(ResNetTSM, SlimResNet):
    """TSM on a ResNet of any width, for training on a CPU.

    With `base_channels=64` and a depth of MMAction2, it equals MMAction2's
    `ResNetTSM`.

    Args:
        depth (int): See `SlimResNet`.
        base_channels (int): See `SlimResNet`.
        pretrained2d (bool, optional): See MMAction2's `ResNetTSM`. None: True
            if `pretrained` is given, otherwise False, because True fails in
            the host without weights.
        **kwargs (Any): Other arguments of MMAction2's `ResNetTSM`.

    Shape:
        - x: (N * num_segments, in_channels, H, W), clip-major as
          `Recognizer2D` flattens it.
        - returns: see `SlimResNet`.

    Raises:
        TypeError: See `SlimResNet`.
        ValueError: See `SlimResNet`.

    Source: "TSM: Temporal Shift Module for Efficient Video Understanding",
    arXiv 1811.08383, section 3.
    """

    def __init__(
        self,
        depth: int,
        base_channels: int = 64,
        pretrained2d: Optional[bool] = None,
        **kwargs: Any,
    ) -> None:
        owner = type(self).__name__
        check_choice(owner, 'depth', depth, list(self.arch_settings))
        _check_options(owner, kwargs)
        given = kwargs.get('pretrained') is not None
        if pretrained2d is None:
            pretrained2d = given
        check_flag(owner, pretrained2d=pretrained2d)
        if pretrained2d and not given:
            raise ValueError(
                f'{owner}: pretrained2d=True needs the weights of a 2D network; set '
                'pretrained, or remove pretrained2d.'
            )
        super().__init__(
            depth, base_channels=base_channels, pretrained2d=pretrained2d, **kwargs
        )
