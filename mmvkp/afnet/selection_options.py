"""Options of the selection of frames and regions."""

from dataclasses import dataclass, fields
from typing import Any, Dict, Mapping, Optional, Tuple

from mmaction.utils import ConfigType, OptConfigType

from ..checks import (
    check_choice,
    check_flag,
    check_inert,
    check_number,
    check_positive,
    check_ratio,
    shorten,
)

POLICIES = ('navigation', 'soft', 'random', 'uniform', 'normal', 'all')
READINGS = ('text', 'released_code')
_RELEASED: Dict[str, Any] = dict(
    mask_source='input', time_mixing='grouped', skipped='zeros', noise=True
)
# Options without effect, by policy; the first three have one with learned regions.
_INERT: Dict[str, Tuple[str, ...]] = {
    'navigation': (),
    'soft': ('noise', 'sparse_eval'),
    'random': ('mask_source', 'noise', 'keep_bias', 'time_mixing'),
    'uniform': ('mask_source', 'noise', 'keep_bias', 'time_mixing', 'placement'),
    'normal': ('mask_source', 'noise', 'keep_bias', 'time_mixing'),
    'all': (
        'mask_source',
        'noise',
        'keep_bias',
        'time_mixing',
        'placement',
        'skipped',
        'reading',
    ),
}
_OF_REGIONS = ('mask_source', 'noise', 'keep_bias')


def known_keys(owner: str, cfg: Optional[Mapping], options: type) -> Dict[str, Any]:
    """Copy a config dict after a check of its keys.

    Args:
        owner (str): Name of the dict in the config.
        cfg (Mapping, optional): The dict; None is an empty one.
        options (type): Dataclass whose fields are the allowed keys.

    Raises:
        TypeError: If a key is unknown.
    """
    if cfg is not None and not isinstance(cfg, Mapping):
        raise TypeError(
            f'{owner}={shorten(cfg)} is a {type(cfg).__name__}; it must be a dict.'
        )
    cfg = dict(cfg or {})
    known = [field.name for field in fields(options)]
    unknown = sorted(set(cfg) - set(known))
    if unknown:
        raise TypeError(f'{owner}: unknown keys {unknown}; the keys are {known}.')
    return cfg


@dataclass(frozen=True)
class SelectionOptions:
    """Selection of frames; the `selection_cfg` of the backbones.

    The text of the paper and the released code of the authors differ in four options.
    `from_cfg` sets all four by `reading`; each can also be set separately.

    Args:
        policy (str): `'navigation'`: a `NavigationModule` per focal block decides.
            `'soft'`: the output of the focal path is multiplied by the probability of
            "keep" (Table 1, "soft-weights"). `'random'`, `'uniform'` and `'normal'`:
            fixed policies of Table 5, see `FixedSelection`. `'all'`: every frame is
            computed, without navigation modules.
        ratio (float, optional): Share of frames kept by a fixed policy, in (0, 1];
            only allowed for these.
        reading (str): `'text'` or `'released_code'`.
        mask_source (str): Mask n is computed from the `'output'` of ample block n
            (text, Equation 2) or from its `'input'` (code).
        time_mixing (str): W2 of Equation 3 is `'dense'` over the frames (text) or
            `'grouped'` by frame (code).
        skipped (str): Output of a focal block for a skipped frame x: `'identity'`, x
            (text, Equation 13), or `'zeros'`, x plus the output of the convolutions
            for zeros (code: the mask multiplies the input of the convolutions).
        noise (bool): Gumbel noise in eval, too (code); False: the larger logit decides
            (text).
        placement (str): `'every'` focal block has its own decision, or the `'first'`
            block of the network decides for all (section 4.1, with the spatial
            extension).
        sparse_eval (bool): Compute selected frames only in eval. False: compute all
            and multiply by the masks, with the same result.
        keep_bias (float): Initial bias of "keep", for frames and regions; the bias of
            "skip" is 1. With 10, as in the code, all frames are kept for thousands of
            iterations; a short training needs a smaller value.

    Raises:
        TypeError: If a key is unknown.
        ValueError: If a value is not allowed.
    """

    policy: str = 'navigation'
    ratio: Optional[float] = None
    reading: str = 'text'
    mask_source: str = 'output'
    time_mixing: str = 'dense'
    skipped: str = 'identity'
    noise: bool = False
    placement: str = 'every'
    sparse_eval: bool = True
    keep_bias: float = 10.0

    def __post_init__(self) -> None:
        owner = 'selection_cfg'
        check_choice(owner, 'policy', self.policy, POLICIES)
        check_choice(owner, 'reading', self.reading, READINGS)
        check_choice(owner, 'mask_source', self.mask_source, ('output', 'input'))
        check_choice(owner, 'time_mixing', self.time_mixing, ('dense', 'grouped'))
        check_choice(owner, 'skipped', self.skipped, ('identity', 'zeros'))
        check_flag(owner, noise=self.noise, sparse_eval=self.sparse_eval)
        check_choice(owner, 'placement', self.placement, ('every', 'first'))
        check_number(owner, keep_bias=self.keep_bias)
        fixed = self.policy in ('random', 'uniform', 'normal')
        if fixed:
            check_ratio(owner, 'ratio', self.ratio)
        elif self.ratio is not None:
            raise ValueError(
                f'selection_cfg: ratio={self.ratio} has no effect with '
                f'policy={self.policy!r}; the share of frames is learned '
                '(target_ratio of SelectionRatioLoss). Remove it or choose one of '
                'random, uniform, normal.'
            )

    def check_inert(self, regions: bool, single_branch: bool = False) -> None:
        """Refuse options that have no effect beside others.

        Args:
            regions (bool): Regions are selected by navigation modules.
            single_branch (bool): The network has no ample branch.

        Raises:
            ValueError: If an option differs from the default of its reading although
                it has no effect.
        """
        default = SelectionOptions(
            **(_RELEASED if self.reading == 'released_code' else {})
        )
        inert = set(_INERT[self.policy]) - set(_OF_REGIONS if regions else ())
        for name in sorted(inert):
            expected = 'text' if name == 'reading' else getattr(default, name)
            check_inert(
                'selection_cfg',
                f'policy={self.policy!r}',
                **{name: (getattr(self, name), expected)},
            )
        if single_branch:
            given = (self.mask_source, default.mask_source)
            check_inert('selection_cfg', 'two_branches=False', mask_source=given)

    @classmethod
    def from_cfg(cls, cfg: OptConfigType) -> 'SelectionOptions':
        """Read a config dict; options that are missing or None get defaults."""
        given = known_keys('selection_cfg', cfg, cls)
        given = {key: value for key, value in given.items() if value is not None}
        released = given.get('reading') == 'released_code'
        return cls(**{**(_RELEASED if released else {}), **given})


@dataclass(frozen=True)
class SpatialOptions:
    """Selection of regions; the `spatial_cfg` of `AFResNet`.

    Args:
        policy (str): `'navigation'`, or a fixed policy of Table 5: `'random'` or
            `'center'` cells.
        grid (int): Cells of a map per side. Not in the paper.
        ratio (float, optional): Share of cells kept by a fixed policy, in (0, 1].

    Raises:
        TypeError: If a key is unknown.
        ValueError: If a value is not allowed.
    """

    policy: str = 'navigation'
    grid: int = 7
    ratio: Optional[float] = None

    def __post_init__(self) -> None:
        check_choice(
            'spatial_cfg', 'policy', self.policy, ('navigation', 'random', 'center')
        )
        check_positive('spatial_cfg', grid=self.grid)
        if self.policy != 'navigation':
            check_ratio('spatial_cfg', 'ratio', self.ratio)
        elif self.ratio is not None:
            raise ValueError(
                f'spatial_cfg: ratio={self.ratio} has no effect with '
                "policy='navigation'; the share of cells is learned "
                '(spatial_loss of FrameSelectionNeck). Remove it.'
            )

    @classmethod
    def from_cfg(cls, cfg: ConfigType) -> 'SpatialOptions':
        """Read a config dict."""
        return cls(**known_keys('spatial_cfg', cfg, cls))
