"""Norm layer that is also stable for very few values per channel."""

from typing import Any, cast

import torch
from torch import Tensor, nn

# From this number of values per channel, the layer is torch's. Two values are
# normalised to their signs whatever their difference is; gradients then reach
# 1 / sqrt(eps) = 316 for each layer, 1e5 for two.
ENOUGH_VALUES = 8


class SmallBatchNorm1d(nn.BatchNorm1d):
    """`BatchNorm1d` with a bounded gain for less than eight values per channel.

    In training with n < 8 values per channel, the variance is a weighted mean of
    the batch variance, with the weight (n - 1) / 7, and the running variance. In
    all other cases it is torch's layer. Parameters and buffers have the same names.

    Shape:
        - x: (N, C) or (N, C, L); a channel has N * L values.
        - returns: as x.

    Raises:
        ValueError: In training with one value per channel, as torch's layer.
    """

    def forward(self, x: Tensor) -> Tensor:
        """Normalise; see the class for the shapes."""
        values = x.numel() // self.num_features
        if (
            not self.training
            or not self.track_running_stats
            or not 1 < values < ENOUGH_VALUES
        ):
            return super().forward(x)
        self._check_input_dim(x)
        dims, shape = ((0,), (1, -1)) if x.dim() == 2 else ((0, 2), (1, -1, 1))
        # At least single precision: half precision under autocast is too coarse.
        exact = x.to(torch.promote_types(x.dtype, torch.float32))
        mean = exact.mean(dims)
        variance = exact.var(dims, correction=0)
        kept = cast(Tensor, self.running_var).to(variance.dtype).clone()
        self._update(mean.detach(), variance.detach() * values / (values - 1))
        share = (values - 1) / (ENOUGH_VALUES - 1)
        scale = (share * variance + (1 - share) * kept + self.eps).rsqrt()
        out = (exact - mean.view(shape)) * scale.view(shape)
        if self.affine:
            out = out * self.weight.view(shape) + self.bias.view(shape)
        return out.to(x.dtype)

    def _update(self, mean: Tensor, variance: Tensor) -> None:
        """Update the running statistics as torch does."""
        momentum: Any = self.momentum
        tracked = cast(Tensor, self.num_batches_tracked)
        tracked.add_(1)
        if momentum is None:
            momentum = 1 / float(tracked)
        for running, new in (
            (cast(Tensor, self.running_mean), mean),
            (cast(Tensor, self.running_var), variance),
        ):
            running.lerp_(new.to(running.dtype), momentum)
