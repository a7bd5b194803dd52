"""Sizes of an AFResNet."""

from dataclasses import dataclass, fields
from typing import Optional, Sequence

from mmaction.utils import OptConfigType

from ..checks import check_positive

STAGE_BLOCKS = {50: (3, 4, 6, 3), 101: (4, 8, 18, 3)}


@dataclass(frozen=True)
class ResNetLayout:
    """Sizes of an `AFResNet`; its ``arch_cfg``, for networks of other sizes.

    Args:
        stage_blocks (Sequence[int], optional): Blocks per stage; None takes
            those of ``depth``. A stage with two branches has one block less
            in each of them, and one behind their merge.
        base_channels (int): Channels after the stem. Stage i ends with
            4 * 2**i times as many, i counted from 0.
        strides (Sequence[int], optional): Stride per stage, 1 or 2. In an AF
            module the last block has it, else the first. None: (2, 2, 1, 2)
            with two branches, (1, 2, 2, 2) with one, cut to the stages.
        num_af_stages (int, optional): First stages that select frames. None:
            three, or all if there are fewer.
        two_branches (bool): False has no ample branch: a plain ResNet whose
            blocks skip frames ("single branch" of Table 5).
        stem_kernel (int): Kernel of the first convolution.
        stem_stride (int): Its stride.
        stem_pool (bool): Whether a max pooling of stride 2 follows.
    """

    stage_blocks: Optional[Sequence[int]] = None
    base_channels: int = 64
    strides: Optional[Sequence[int]] = None
    num_af_stages: Optional[int] = None
    two_branches: bool = True
    stem_kernel: int = 7
    stem_stride: int = 2
    stem_pool: bool = True

    @classmethod
    def from_cfg(cls, cfg: OptConfigType, depth: int) -> 'ResNetLayout':
        """Read a config dict and fill in what depends on other values."""
        cfg = dict(cfg or {})
        known = [field.name for field in fields(cls)]
        unknown = sorted(set(cfg) - set(known))
        if unknown:
            raise TypeError(f'AFResNet: arch_cfg has {unknown}; the keys are {known}.')
        if cfg.get('stage_blocks') is None:
            if depth not in STAGE_BLOCKS:
                raise ValueError(
                    f'AFResNet: depth={depth} is not one of '
                    f'{sorted(STAGE_BLOCKS)}; for another size set '
                    'arch_cfg=dict(stage_blocks=(...)).'
                )
            cfg['stage_blocks'] = STAGE_BLOCKS[depth]
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
        """Refuse sizes that cannot be built."""
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
                f'AFResNet: strides={tuple(self.strides)} must hold a 1 or 2 '
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
                'module needs two blocks at least, one in each branch and '
                'one behind their merge.'
            )
