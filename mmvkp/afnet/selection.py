"""Which frames a block computes: navigation modules and fixed policies."""

import math
from typing import Optional

import torch
from mmaction.utils import ConfigType
from mmcv.cnn import build_norm_layer
from torch import Tensor, nn

from ..checks import check_choice, check_positive
from .selection_options import SelectionOptions


def choose(logits: Tensor, temperature: Optional[float], noise: bool) -> Tensor:
    """Decide between two logits, with a gradient if asked for.

    The larger of both logits wins, after Gumbel noise if there is any
    (Equation 5; the softmax before it only shifts both by a constant). With
    a temperature, the gradient is that of the relaxed choice (Equation 6)
    while the value stays 0 or 1.

    Args:
        logits (Tensor): (..., 2), for "skip" and "keep".
        temperature (float, optional): Tau of Equation 6; None gives plain
            decisions without a gradient.
        noise (bool): Whether Gumbel noise is added.

    Shape:
        - returns: (...), float32, 1 for keep and 0 for skip. A tie skips.
          NaN where a logit is not finite, so that nothing is chosen from
          broken numbers unseen.
    """
    scores = logits.float()
    if noise:
        # Minus the logarithm of an exponential variable is Gumbel noise.
        scores = scores - torch.empty_like(scores).exponential_().log()
    hard = (scores[..., 1] > scores[..., 0]).float()
    hard = hard.masked_fill(~scores.detach().isfinite().all(-1), math.nan)
    if temperature is None:
        return hard
    soft = (scores / temperature).softmax(-1)[..., 1]
    # The bracket is exactly zero, so the value is exactly that of `hard`.
    return hard + (soft - soft.detach())


class NavigationModule(nn.Module):
    """Navigation module: one decision per frame from an ample feature.

    Args:
        in_channels (int): Channels C of the feature.
        num_segments (int): Frames T per view.
        time_mixing (str): ``'dense'`` or ``'grouped'`` W2, see
            `SelectionOptions`.
        noise (bool): Whether Gumbel noise stays on in eval.
        soft (bool): Return the probability to keep, without a decision.
        keep_bias (float): Where the logits of "keep" start, see
            `SelectionOptions`.
        norm_cfg (dict): Norm layer of Equation 2.

    Shape:
        - x: (N * V * T, C, H, W), view-major.
        - returns: (N * V * T), float32; 0 or 1 unless ``soft``. NaN where
          the logits are not finite; `AFResNet` and `AFMobileNetV3` then
          raise an error that names the module.

    ``temperature`` is tau of Equation 6, 1 until `SelectionAnnealHook` sets
    it; it has no effect in eval.

    Source: "Look More but Care Less in Video Recognition", arXiv 2211.09992,
    section 3.1, Equations 2 to 6; initial biases (1 for skip, 10 for keep,
    so that training starts with every frame) as in the authors' code
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
        norm_cfg: ConfigType = dict(type='BN'),
    ) -> None:
        super().__init__()
        check_positive(
            'NavigationModule', in_channels=in_channels, num_segments=num_segments
        )
        check_choice(
            'NavigationModule', 'time_mixing', time_mixing, ('dense', 'grouped')
        )
        self.num_segments = num_segments
        self.noise = noise
        self.soft = soft
        self.keep_bias = keep_bias
        self.temperature = 1.0
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
        """Initialise so that nearly every frame is kept."""
        for conv in (self.conv, self.mix):
            nn.init.kaiming_normal_(conv.weight, mode='fan_out', nonlinearity='relu')
        with torch.no_grad():
            self.mix.bias[0::2] = 1.0
            self.mix.bias[1::2] = self.keep_bias

    def logits(self, x: Tensor) -> Tensor:
        """Logits of Equation 3.

        Shape:
            - x: (N * V * T, C, H, W).
            - returns: (N * V, T, 2), for "skip" and "keep".
        """
        x = global_mean(x)[:, :, None, None]
        x = self.norm(self.conv(x)).relu()
        x = self.mix(x.reshape(-1, 2 * self.num_segments, 1, 1))
        return x.reshape(-1, self.num_segments, 2)

    def forward(self, x: Tensor) -> Tensor:
        """Decide for every frame; see the class for the shapes."""
        logits = self.logits(x)
        if self.soft:
            return logits.float().softmax(-1)[..., 1].flatten()
        return choose(
            logits,
            self.temperature if self.training else None,
            self.training or self.noise,
        ).flatten()


class FixedSelection(nn.Module):
    """Frames chosen without looking at them (Table 5).

    ``round(ratio * T)`` frames of each view are kept, at least one:
    ``'uniform'`` in equal steps, ``'random'`` with equal chances,
    ``'normal'`` with chances that follow a standard normal density. The
    paper does not say how that density lies on the frames; here they are
    spread evenly over [-2, 2]. ``'all'`` keeps every frame. Random and
    normal draw anew at each call, in training and eval.

    Args:
        num_segments (int): Frames T per view.
        policy (str): One of the four above.
        ratio (float): Share of frames that are kept; 1 for ``'all'``.

    Shape:
        - x: (N * V * T, ...); only its length and device are used.
        - returns: (N * V * T), float32, 0 or 1.
    """

    def __init__(self, num_segments: int, policy: str, ratio: float = 1.0) -> None:
        super().__init__()
        self.num_segments = num_segments
        self.policy = policy
        self.num_kept = (
            num_segments if policy == 'all' else max(1, round(ratio * num_segments))
        )

    def forward(self, x: Tensor) -> Tensor:
        """Choose frames; see the class for the shapes."""
        t, kept = self.num_segments, self.num_kept
        views = len(x) // t
        if kept == t:
            return x.new_ones(len(x), dtype=torch.float32)
        if self.policy == 'uniform':
            steps = torch.arange(kept, device=x.device)
            index = ((2 * steps + 1) * t // (2 * kept)).expand(views, -1)
        else:
            chances = torch.ones(t, device=x.device)
            if self.policy == 'normal':
                places = torch.linspace(-2, 2, t, device=x.device)
                chances = (-(places**2) / 2).exp()
            index = torch.multinomial(chances.expand(views, -1), kept)
        mask = x.new_zeros((views, t), dtype=torch.float32)
        return mask.scatter_(1, index, 1.0).flatten()


def global_mean(x: Tensor) -> Tensor:
    """Mean of each map; dividing last spares the gradient a full division.

    Shape:
        - x: (B, C, H, W).
        - returns: (B, C).
    """
    wide = torch.promote_types(x.dtype, torch.float32)
    mean = x.sum((2, 3), dtype=wide) / (x.shape[2] * x.shape[3])
    return mean.to(x.dtype)


def build_selector(
    options: SelectionOptions, in_channels: int, num_segments: int, norm_cfg: ConfigType
) -> nn.Module:
    """Module that turns an ample feature into one mask.

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


def select_rows(x: Tensor, index: Tensor) -> Tensor:
    """Take some frames of a batch, in the memory format that they have.

    Shape:
        - x: (B, C, H, W).
        - index: (K), in [0, B).
        - returns: (K, C, H, W).
    """
    if x.is_contiguous():
        return x.index_select(0, index)
    # Channels last: plain indexing would bring it back to channels first.
    return x.permute(0, 2, 3, 1).index_select(0, index).permute(0, 3, 1, 2)


def add_rows(x: Tensor, index: Tensor, rows: Tensor, relu: bool) -> None:
    """Add to some frames of a batch in place.

    Args:
        x (Tensor): The batch; it is changed.
        index (Tensor): Frames in [0, B), ascending.
        rows (Tensor): What is added to them.
        relu (bool): Whether these frames pass a ReLU afterwards.

    Shape:
        - x: (B, C, H, W).
        - index: (K).
        - rows: (K, C, H, W).
    """
    if x.is_cuda or torch.is_grad_enabled():
        rows = rows + select_rows(x, index)
        x.index_copy_(0, index, (rows.relu() if relu else rows).to(x.dtype))
        return
    # On a CPU memory is what counts: neighbours are added where they lie.
    start = 0
    places = index.tolist()
    for stop in range(1, len(places) + 1):
        if stop == len(places) or places[stop] != places[stop - 1] + 1:
            part = x[places[start] : places[stop - 1] + 1]
            part += rows[start:stop]
            if relu:
                part.relu_()
            start = stop
