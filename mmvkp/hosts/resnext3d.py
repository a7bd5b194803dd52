"""3D ResNeXt, for features or frames."""

from typing import List, Optional, Sequence, Union

from mmaction.registry import MODELS
from mmaction.utils import ConfigType, OptConfigType
from mmcv.cnn import build_norm_layer
from torch import Tensor, nn

from ..checks import (
    check_choice,
    check_inert,
    check_norm,
    check_positive,
    check_sequence,
)
from .resnext_block3d import EXPANSION, ResNeXtBlock3d, Stride
from .staged_backbone import StagedBackbone

_DEPTHS = {50: (3, 4, 6, 3), 101: (3, 4, 23, 3), 152: (3, 8, 36, 3)}
# Kernel and stride of the first convolution, then kernel and stride of the
# pooling, both padded by half their kernel.
_STEMS = {
    'pool': ((3, 3, 3), (1, 2, 2), (3, 1, 1), (2, 1, 1)),
    'wide': ((3, 3, 3), (1, 1, 1), (3, 1, 1), (2, 1, 1)),
    'literal': ((7, 7, 7), (1, 2, 2), (3, 3, 3), (2, 2, 2)),
}


def _half(kernel: Stride) -> Stride:
    """Padding that keeps the size at stride 1."""
    return kernel[0] // 2, kernel[1] // 2, kernel[2] // 2


@MODELS.register_module()
class ResNeXt3d(StagedBackbone):
    """3D ResNeXt, as backbone of Point3D's 3D head or of RGB clips.

    Args:
        depth (int): 50, 101 or 152; sets `stage_blocks`. Point3D and the public
            Kinetics weights: 101.
        in_channels (int): Input channels: 128 for the features of Point3D
            (section 3.2), 3 for RGB.
        stem (str): First convolution, with norm and ReLU, and pooling.
            'pool': 3x3x3 with stride (1, 2, 2), then pooling over three frames
            with stride 2. 'wide': the same with stride 1, at four times the
            cost. 'literal': 7x7x7 with stride (1, 2, 2), then 3x3x3 with
            stride 2, as in the public RGB networks. The paper does not specify
            the stem; 'pool' is chosen because 'literal' ends in 2 x 2 cells for
            256 x 256 pixels.
        stage_blocks (Sequence[int], optional): Blocks of each stage, for
            another depth.
        base_channels (int): Inner channels of the first stage, doubled by each
            later one; the stem has half of them.
        cardinality (int): Groups of the 3x3x3 convolutions.
        stage_strides (Sequence): Stride of each stage: a number for time,
            height and width, or (T, H, W). A classifier of actors needs
            (1, 2, 1, 1): with the stem 'pool', 16 x 16 cells for 256 x 256
            pixels.
        frozen_stages (int): See `StagedBackbone`.
        norm_cfg (dict, optional): Norm layer; BN3d if None.
        norm_eval (bool): See `StagedBackbone`.
        with_cp (bool): See `StagedBackbone`.
        init_cfg (dict | list, optional): See `StagedBackbone`.

    Shape:
        - x: (N, C_in, T, H, W), any sizes from 1.
        - returns: (N, C_out, T', H', W'), C_out = `out_channels`, 2048 by
          default. (128, 16, 64, 64) becomes (2048, 1, 4, 4) with the stem
          'pool', (2048, 1, 8, 8) with 'wide' and (2048, 1, 2, 2) with
          'literal'. Sizes that stride 2 does not divide are rounded up.

    Raises:
        TypeError: If a number is not an integer, or a flag not a bool.
        ValueError: If an argument is out of range or has no effect; at run time
            if the input is not 5D or does not have `in_channels` channels.

    Source: "Aggregated Residual Transformations for Deep Neural Networks",
    arXiv 1611.05431, in 3D as in "Can Spatiotemporal 3D CNNs Retrace the
    History of 2D CNNs and ImageNet?", arXiv 1711.09577, Table 1; facts and
    layer names from https://github.com/kenshohara/3D-ResNets-PyTorch (MIT).
    Use: Point3D, section 3.5.
    """

    def __init__(
        self,
        depth: int = 101,
        in_channels: int = 128,
        stem: str = 'pool',
        stage_blocks: Optional[Sequence[int]] = None,
        base_channels: int = 128,
        cardinality: int = 32,
        stage_strides: Sequence[Union[int, Sequence[int]]] = (1, 2, 2, 2),
        frozen_stages: int = -1,
        norm_cfg: OptConfigType = None,
        norm_eval: bool = False,
        with_cp: bool = False,
        init_cfg: OptConfigType = None,
    ) -> None:
        super().__init__(frozen_stages, norm_eval, with_cp, init_cfg)
        if stage_blocks is None:
            check_choice('ResNeXt3d', 'depth', depth, tuple(_DEPTHS))
            stage_blocks = _DEPTHS[depth]
        else:
            check_inert('ResNeXt3d', 'stage_blocks', depth=(depth, 101))
        check_sequence('ResNeXt3d', 'stage_blocks', stage_blocks)
        check_sequence('ResNeXt3d', 'stage_strides', stage_strides)
        check_norm('ResNeXt3d', norm_cfg)
        check_choice('ResNeXt3d', 'stem', stem, tuple(_STEMS))
        check_positive(
            'ResNeXt3d',
            in_channels=in_channels,
            base_channels=base_channels,
            cardinality=cardinality,
            **{f'stage_blocks[{i}]': n for i, n in enumerate(stage_blocks)},
        )
        self._check(
            base_channels,
            cardinality,
            len(stage_blocks),
            len(stage_strides),
            frozen_stages,
        )
        self.in_channels = in_channels
        norm_cfg = norm_cfg or dict(type='BN3d')
        incoming = base_channels // 2
        self._build_stem(stem, incoming, norm_cfg)
        self.stage_names = [f'layer{i + 1}' for i in range(len(stage_blocks))]
        for i, (blocks, given) in enumerate(zip(stage_blocks, stage_strides)):
            channels, stride = base_channels * 2**i, self._whole_stride(given, i)
            stage = nn.Sequential()
            for _ in range(blocks):
                stage.append(
                    ResNeXtBlock3d(incoming, channels, cardinality, stride, norm_cfg)
                )
                incoming, stride = EXPANSION * channels, (1, 1, 1)
            self.add_module(f'layer{i + 1}', stage)
        self.out_channels = incoming
        self.freeze_stages()

    def _build_stem(self, stem: str, channels: int, norm_cfg: ConfigType) -> None:
        """Build convolution, norm, ReLU and pooling, with the public names."""
        kernel, stride, pool, pool_stride = _STEMS[stem]
        self.conv1 = nn.Conv3d(
            self.in_channels,
            channels,
            kernel,
            stride=stride,
            padding=_half(kernel),
            bias=False,
        )
        self.bn1 = build_norm_layer(norm_cfg, channels)[1]
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool3d(pool, pool_stride, _half(pool))

    @staticmethod
    def _check(
        base_channels: int,
        cardinality: int,
        stages: int,
        strides: int,
        frozen_stages: int,
    ) -> None:
        """Refuse combinations that cannot be built."""
        if base_channels % cardinality or base_channels % 2:
            raise ValueError(
                f'ResNeXt3d: base_channels={base_channels} must be even and a '
                f'multiple of cardinality={cardinality} (public networks: 128 '
                'and 32).'
            )
        if not stages or strides != stages:
            raise ValueError(
                f'ResNeXt3d: stage_strides has {strides} entries for {stages} '
                'stages (stage_blocks); each stage needs one.'
            )
        if not -1 <= frozen_stages <= stages:
            raise ValueError(
                f'ResNeXt3d: frozen_stages={frozen_stages} is outside '
                f'[-1, {stages}]; -1 freezes nothing, 0 the stem, 1 also '
                'layer1 and so on.'
            )

    @staticmethod
    def _whole_stride(given: Union[int, Sequence[int]], stage: int) -> Stride:
        """Stride (T, H, W) of a stage."""
        stride = tuple(given) if isinstance(given, Sequence) else (given,) * 3
        if len(stride) != 3:
            raise ValueError(
                f'ResNeXt3d: stage_strides[{stage}]={given} must be one '
                'number, or three for time, height and width.'
            )
        for number in stride:
            check_positive('ResNeXt3d', **{f'stage_strides[{stage}]': number})
        return stride[0], stride[1], stride[2]

    def parts(self) -> List[List[nn.Module]]:
        """Modules of the stem, then of each stage."""
        stages = [[getattr(self, name)] for name in self.stage_names]
        return [[self.conv1, self.bn1], *stages]

    def compute(self, x: Tensor) -> Tensor:
        """Compute the last map.

        Shape:
            - x: (N, C_in, T, H, W).
            - returns: (N, C_out, T', H', W').
        """
        return self.compute_stages(self.relu(self.bn1(self.conv1(x))))

    def compute_stages(self, x: Tensor) -> Tensor:
        """Compute the last map from that of the first convolution."""
        x = self.maxpool(x)
        for name in self.stage_names:
            x = self.run_units(getattr(self, name), x)
        return x
