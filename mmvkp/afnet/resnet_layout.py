"""Sizes of `AFResNet`."""

from dataclasses import dataclass
from typing import Sequence

from mmaction.utils import OptConfigType

from ..checks import check_flag, check_inert, check_positive
from .selection_options import known_keys

STAGE_BLOCKS = {50: (3, 4, 6, 3), 101: (4, 8, 18, 3)}


@dataclass(frozen=True)
class ResNetLayout:
    """Sizes of an `AFResNet`; its `arch_cfg`, read by `from_cfg`.

    Args:
        stage_blocks (Sequence[int]): Blocks per stage; default: the blocks of `depth`.
            A stage with two branches has one block less in each branch, and one after
            the merge.
        strides (Sequence[int]): Stride per stage, 1 or 2, of the last block of an AF
            module and of the first block of another stage. Default: (2, 2, 1, 2) with
            two branches, (1, 2, 2, 2) with one, cut to the number of stages.
        num_af_stages (int): Number of first stages that select frames. Default: three,
            or all of fewer stages.
        base_channels (int): Channels after the stem. Stage i, from 0, ends with
            4 * 2**i times this number.
        two_branches (bool): False: a plain ResNet whose blocks skip frames ("single
            branch" of Table 5).
        stem_kernel (int): Kernel of the first convolution.
        stem_stride (int): Stride of the first convolution.
        stem_pool (bool): Max pooling of stride 2 after the stem.
    """

    stage_blocks: Sequence[int]
    strides: Sequence[int]
    num_af_stages: int
    base_channels: int = 64
    two_branches: bool = True
    stem_kernel: int = 7
    stem_stride: int = 2
    stem_pool: bool = True

    @classmethod
    def from_cfg(cls, cfg: OptConfigType, depth: int) -> 'ResNetLayout':
        """Read a config dict and fill in defaults that depend on other values."""
        cfg = known_keys('AFResNet: arch_cfg', cfg, cls)
        if cfg.get('stage_blocks') is None:
            if depth not in STAGE_BLOCKS:
                raise ValueError(
                    f'AFResNet: depth={depth} is not one of '
                    f'{sorted(STAGE_BLOCKS)}; for another size set '
                    'arch_cfg=dict(stage_blocks=(...)).'
                )
            cfg['stage_blocks'] = STAGE_BLOCKS[depth]
        else:
            check_inert('AFResNet', 'arch_cfg.stage_blocks', depth=(depth, 50))
        stages = len(cfg['stage_blocks'])
        if cfg.get('strides') is None:
            cfg['strides'] = (
                (2, 2, 1, 2) if cfg.get('two_branches', True) else (1, 2, 2, 2)
            )[:stages]
        if cfg.get('num_af_stages') is None:
            cfg['num_af_stages'] = min(3, stages)
        layout = cls(**cfg)
        layout.check()
        return layout

    def check(self) -> None:
        """Check the sizes.

        Raises:
            TypeError: If a number is not an integer.
            ValueError: If a number is out of range.
        """
        check_flag(
            'AFResNet: arch_cfg',
            two_branches=self.two_branches,
            stem_pool=self.stem_pool,
        )
        check_positive(
            'AFResNet: arch_cfg',
            base_channels=self.base_channels,
            stem_kernel=self.stem_kernel,
            stem_stride=self.stem_stride,
            **{f'stage_blocks[{i}]': n for i, n in enumerate(self.stage_blocks)},
        )
        stages = len(self.stage_blocks)
        if len(self.strides) != stages or set(self.strides) - {1, 2}:
            raise ValueError(
                f'AFResNet: strides={tuple(self.strides)} must be 1 or 2 '
                f'for each of the {stages} stages.'
            )
        if not 1 <= self.num_af_stages <= stages:
            raise ValueError(
                f'AFResNet: num_af_stages={self.num_af_stages} is outside '
                f'[1, {stages}], the number of stages.'
            )
        if self.base_channels % 4:
            raise ValueError(
                f'AFResNet: base_channels={self.base_channels} must be a '
                'multiple of 4 (two groups of half the width).'
            )
        if self.two_branches and min(self.stage_blocks[: self.num_af_stages]) < 2:
            raise ValueError(
                f'AFResNet: stage_blocks={tuple(self.stage_blocks)}: an AF '
                'module needs at least two blocks, one in each branch and '
                'one after the merge.'
            )
