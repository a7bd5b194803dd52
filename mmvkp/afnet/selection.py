"""Selection of frames: navigation modules and fixed policies."""

import math
from typing import Optional, cast

import torch
from mmaction.utils import ConfigType
from mmcv.cnn import build_norm_layer
from torch import Tensor, nn

from ..checks import check_choice, check_flag, check_number, check_positive, check_ratio
from .frame_ops import global_mean
from .selection_options import SelectionOptions

BATCH_NORM: ConfigType = dict(type='BN', requires_grad=True)


def choose(logits: Tensor, temperature: Optional[float], noise: float) -> Tensor:
    """Binary decision from two logits, with a straight-through gradient.

    The larger logit wins, optionally after Gumbel noise (Equation 5; the softmax of
    the paper adds the same constant to both logits and has no effect). With a
    temperature, the value is 0 or 1 and the gradient comes from the relaxed choice
    (Equation 6).

    Args:
        logits (Tensor): Logits of "skip" and "keep".
        temperature (float, optional): Tau of Equation 6; None for decisions without a
            gradient.
        noise (float): Factor of the Gumbel noise: 1 as in the paper, 0 for none.

    Shape:
        - logits: (..., 2).
        - returns: (...), float32, 1 for keep and 0 for skip. Equal logits skip. NaN
          if a logit is not finite.
    """
    scores = logits.float()
    if noise:
        # The negative logarithm of an exponential variable is Gumbel noise.
        scores = scores - noise * torch.empty_like(scores).exponential_().log()
    hard = (scores[..., 1] > scores[..., 0]).float()
    hard = hard.masked_fill(~scores.detach().isfinite().all(-1), math.nan)
    if temperature is None:
        return hard
    soft = (scores / temperature).softmax(-1)[..., 1]
    # The value of the bracket is exactly zero.
    return hard + (soft - soft.detach())


class NavigationModule(nn.Module):
    """Navigation module: one decision per frame from an ample feature.

    Args:
        in_channels (int): Channels C of the feature.
        num_segments (int): Frames T per view.
        time_mixing (str): `'dense'` or `'grouped'` W2, see `SelectionOptions`.
        noise (bool): Gumbel noise in eval, too.
        soft (bool): Return the probability of "keep" instead of a decision.
        keep_bias (float): Initial bias of "keep", see `SelectionOptions`.
        norm_cfg (dict): Norm layer of Equation 2.

    Shape:
        - x: (N * V * T, C, H, W), view-major.
        - returns: (N * V * T), float32; 0 or 1 unless `soft`. NaN if the logits are
          not finite.

    `temperature` is tau of Equation 6 and `noise_scale` the factor of the Gumbel noise:
    1, or the values that `SelectionAnnealHook` sets; they have no effect in eval.

    Source: "Look More but Care Less in Video Recognition", arXiv 2211.09992, section
    3.1, Equations 2 to 6; initial biases (1 for skip, 10 for keep, so that training
    starts with all frames) as in the authors' code
    (https://github.com/BeSpontaneous/AFNet-pytorch, MIT).
    """

    def __init__(
        self,
        in_channels: int,
        num_segments: int,
        time_mixing: str = 'dense',
        noise: bool = False,
        soft: bool = False,
        keep_bias: float = 10.0,
        norm_cfg: ConfigType = BATCH_NORM,
    ) -> None:
        super().__init__()
        check_positive(
            'NavigationModule', in_channels=in_channels, num_segments=num_segments
        )
        check_choice(
            'NavigationModule', 'time_mixing', time_mixing, ('dense', 'grouped')
        )
        check_flag('NavigationModule', noise=noise, soft=soft)
        check_number('NavigationModule', keep_bias=keep_bias)
        self.num_segments = num_segments
        self.noise = noise
        self.soft = soft
        self.keep_bias = keep_bias
        self.temperature = 1.0
        self.noise_scale = 1.0
        self.conv = nn.Conv2d(in_channels, 2, 1, bias=False)
        self.norm = build_norm_layer(norm_cfg, 2)[1]
        self.mix = nn.Conv2d(
            2 * num_segments,
            2 * num_segments,
            1,
            groups=num_segments if time_mixing == 'grouped' else 1,
        )
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Initialize so that nearly all frames are kept."""
        for conv in (self.conv, self.mix):
            nn.init.kaiming_normal_(conv.weight, mode='fan_out', nonlinearity='relu')
        with torch.no_grad():
            biases = cast(Tensor, self.mix.bias)
            biases[0::2] = 1.0
            biases[1::2] = self.keep_bias

    def logits(self, x: Tensor) -> Tensor:
        """Compute the logits of Equation 3.

        Shape:
            - x: (N * V * T, C, H, W).
            - returns: (N * V, T, 2), for "skip" and "keep".
        """
        x = global_mean(x)[:, :, None, None]
        x = self.norm(self.conv(x)).relu()
        x = self.mix(x.reshape(-1, 2 * self.num_segments, 1, 1))
        return x.reshape(-1, self.num_segments, 2)

    def forward(self, x: Tensor) -> Tensor:
        """Decide for every frame; shapes as for the class."""
        logits = self.logits(x)
        if self.soft:
            return logits.float().softmax(-1)[..., 1].flatten()
        return choose(
            logits,
            self.temperature if self.training else None,
            self.noise_scale if self.training else float(self.noise),
        ).flatten()


class FixedSelection(nn.Module):
    """Fixed selection policies (Table 5), independent of the content of the frames.

    `round(ratio * T)` frames of each view are kept, at least one: `'uniform'` in equal
    steps, `'random'` with equal probability, `'normal'` with probabilities from a
    standard normal density. The paper does not define positions of the frames in this
    density; here they are spread evenly over [-2, 2]. `'all'` keeps every frame.
    Random and normal sample at each call, in training and eval.

    Args:
        num_segments (int): Frames T per view.
        policy (str): One of the four above.
        ratio (float): Share of frames kept; 1 for `'all'`.

    Shape:
        - x: (N * V * T, ...); only the length and device are used.
        - returns: (N * V * T), float32, 0 or 1.
    """

    def __init__(self, num_segments: int, policy: str, ratio: float = 1.0) -> None:
        super().__init__()
        check_positive('FixedSelection', num_segments=num_segments)
        policies = ('random', 'uniform', 'normal', 'all')
        check_choice('FixedSelection', 'policy', policy, policies)
        check_ratio('FixedSelection', 'ratio', ratio)
        self.num_segments = num_segments
        self.policy = policy
        self.num_kept = (
            num_segments if policy == 'all' else max(1, round(ratio * num_segments))
        )

    def forward(self, x: Tensor) -> Tensor:
        """Select frames; shapes as for the class."""
        t, kept = self.num_segments, self.num_kept
        views = x.shape[0] // t
        if kept == t:
            return x.new_ones(x.shape[0], dtype=torch.float32)
        if self.policy == 'uniform':
            steps = torch.arange(kept, device=x.device)
            index = ((2 * steps + 1) * t // (2 * kept)).expand(views, -1)
        else:
            weights = torch.ones(t, device=x.device)
            if self.policy == 'normal':
                places = torch.linspace(-2, 2, t, device=x.device)
                weights = (-(places**2) / 2).exp()
            index = torch.multinomial(weights.expand(views, -1), kept)
        mask = x.new_zeros((views, t), dtype=torch.float32)
        return mask.scatter_(1, index, 1.0).flatten()


def build_selector(
    options: SelectionOptions, in_channels: int, num_segments: int, norm_cfg: ConfigType
) -> nn.Module:
    """Build the module that computes a mask from an ample feature.

    Args:
        options (SelectionOptions): Policy and reading.
        in_channels (int): Channels of the feature.
        num_segments (int): Frames per view.
        norm_cfg (dict): Norm layer of a navigation module.
    """
    if options.policy in ('navigation', 'soft'):
        return NavigationModule(
            in_channels,
            num_segments,
            options.time_mixing,
            options.noise,
            options.policy == 'soft',
            options.keep_bias,
            norm_cfg,
        )
    return FixedSelection(num_segments, options.policy, options.ratio or 1.0)
