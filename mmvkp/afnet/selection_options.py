"""Options of an AFNet's selection of frames and regions."""

from dataclasses import dataclass, fields
from typing import Optional

from mmaction.utils import ConfigType, OptConfigType

from ..checks import check_choice, check_positive, check_ratio

POLICIES = ('navigation', 'soft', 'random', 'uniform', 'normal', 'all')
READINGS = ('text', 'released_code')
_RELEASED = dict(
    mask_source='input', time_mixing='grouped', skipped='zeros', noise=True
)
_TEXT = dict(mask_source='output', time_mixing='dense', skipped='identity', noise=False)


@dataclass(frozen=True)
class SelectionOptions:
    """How an AFNet selects frames; the ``selection_cfg`` of its backbones.

    The paper's text and the authors' released code differ in four places.
    ``reading`` sets all four; each can be set alone, too.

    Args:
        policy (str): ``'navigation'`` decides by a `NavigationModule` per
            focal block. ``'soft'`` weighs the focal path by the probability
            to keep the frame, without a decision (Table 1, "soft-weights").
            ``'random'``, ``'uniform'`` and ``'normal'`` are the fixed
            policies of Table 5, see `FixedSelection`. ``'all'`` computes
            every frame and has no navigation modules.
        ratio (float, optional): Share of frames of a fixed policy, in
            (0, 1]; needed by these and refused by the others.
        reading (str): ``'text'`` or ``'released_code'``.
        mask_source (str): Mask n is computed from the ``'output'`` of ample
            block n (text, Equation 2) or from its ``'input'`` (code).
        time_mixing (str): W2 of Equation 3 is ``'dense'`` over the frames
            (text) or ``'grouped'``, where each frame sees only its own two
            numbers (code).
        skipped (str): What a focal block makes of a skipped frame x:
            ``'identity'``, x itself (text, Equation 13), or ``'zeros'``, x
            plus the convolutions' answer to zeros (code: the mask
            multiplies the input of the convolutions).
        noise (bool): Whether Gumbel noise stays on in eval (code) or the
            larger logit decides (text).
        placement (str): ``'every'`` focal block has its own decision, or
            the ``'first'`` block of the network decides for all (section
            4.1, with the spatial extension).
        sparse_eval (bool): Whether eval computes selected frames only. False
            computes all and multiplies by the masks; the result is the same.
        keep_bias (float): Where the logits of "keep" start; those of "skip"
            start at 1. The code's 10 keeps every frame at first and takes
            thousands of iterations to leave; a short training wants less.

    Raises:
        TypeError: If a key is not known.
        ValueError: If a value is not one of those above.
    """

    policy: str = 'navigation'
    ratio: Optional[float] = None
    reading: str = 'text'
    mask_source: Optional[str] = None
    time_mixing: Optional[str] = None
    skipped: Optional[str] = None
    noise: Optional[bool] = None
    placement: str = 'every'
    sparse_eval: bool = True
    keep_bias: float = 10.0

    def __post_init__(self) -> None:
        owner = 'selection_cfg'
        check_choice(owner, 'policy', self.policy, POLICIES)
        check_choice(owner, 'reading', self.reading, READINGS)
        for name, value in (_TEXT if self.reading == 'text' else _RELEASED).items():
            if getattr(self, name) is None:
                object.__setattr__(self, name, value)
        check_choice(owner, 'mask_source', self.mask_source, ('output', 'input'))
        check_choice(owner, 'time_mixing', self.time_mixing, ('dense', 'grouped'))
        check_choice(owner, 'skipped', self.skipped, ('identity', 'zeros'))
        check_choice(owner, 'noise', self.noise, (True, False))
        check_choice(owner, 'placement', self.placement, ('every', 'first'))
        if isinstance(self.keep_bias, bool) or not isinstance(
            self.keep_bias, (int, float)
        ):
            raise TypeError(
                f'selection_cfg: keep_bias={self.keep_bias!r} must be a number.'
            )
        fixed = self.policy in ('random', 'uniform', 'normal')
        if fixed:
            check_ratio(owner, 'ratio', self.ratio)
        elif self.ratio is not None:
            raise ValueError(
                f'selection_cfg: ratio={self.ratio} has no effect with '
                f'policy={self.policy!r}; the share of frames is learned '
                '(target_ratio of SelectionRatioLoss) or fixed. Leave it out '
                'or choose one of random, uniform, normal.'
            )

    @classmethod
    def from_cfg(cls, cfg: OptConfigType) -> 'SelectionOptions':
        """Read a config dict; None gives the defaults."""
        cfg = dict(cfg or {})
        known = [field.name for field in fields(cls)]
        unknown = sorted(set(cfg) - set(known))
        if unknown:
            raise TypeError(
                f'selection_cfg: {unknown} not known; the keys are {known}.'
            )
        return cls(**cfg)


@dataclass(frozen=True)
class SpatialOptions:
    """How an AFNet selects regions; the ``spatial_cfg`` of `AFResNet`.

    Args:
        policy (str): ``'navigation'``, or the fixed policies of Table 5:
            ``'random'`` cells, or the ``'center'`` ones.
        grid (int): Cells of a map per side. Not in the paper; 7 here.
        ratio (float, optional): Share of cells of a fixed policy, in (0, 1].

    Raises:
        TypeError: If a key is not known.
        ValueError: If a value is not one of those above.
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
                '(spatial_loss of FrameSelectionNeck). Leave it out.'
            )

    @classmethod
    def from_cfg(cls, cfg: ConfigType) -> 'SpatialOptions':
        """Read a config dict."""
        known = [field.name for field in fields(cls)]
        unknown = sorted(set(cfg) - set(known))
        if unknown:
            raise TypeError(f'spatial_cfg: {unknown} not known; the keys are {known}.')
        return cls(**cfg)
