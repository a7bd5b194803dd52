"""Selection of regions of a map (AFNet, section 3.3)."""

from typing import cast

import torch
from mmaction.utils import ConfigType
from mmcv.cnn import build_norm_layer
from torch import Tensor, nn

from .selection import BATCH_NORM, choose
from .selection_options import SelectionOptions, SpatialOptions


class SpatialNavigationModule(nn.Module):
    """One decision per cell of a coarse grid, for every frame.

    Equation 15: a 3x3 convolution, norm and ReLU, average pooling to the grid, a 1x1
    convolution to two logits; then a Gumbel choice as for frames.

    Args:
        in_channels (int): Channels C of the ample feature.
        grid (int): Cells g per side.
        noise (bool): Gumbel noise in eval, too.
        reduction (int): Divisor of C for the hidden width, at least 8. Not in the
            paper.
        norm_cfg (dict): Norm layer.
        keep_bias (float): Initial bias of "keep", see `SelectionOptions`.

    Shape:
        - x: (B, C, H, W).
        - returns: (B, g, g), float32, 0 or 1; NaN as for `NavigationModule`.

    `temperature` and `noise_scale` are set by `SelectionAnnealHook`.
    """

    def __init__(
        self,
        in_channels: int,
        grid: int = 7,
        noise: bool = False,
        reduction: int = 16,
        norm_cfg: ConfigType = BATCH_NORM,
        keep_bias: float = 10.0,
    ) -> None:
        super().__init__()
        self.keep_bias = keep_bias
        hidden = max(8, in_channels // reduction)
        self.noise = noise
        self.temperature = 1.0
        self.noise_scale = 1.0
        self.conv = nn.Conv2d(in_channels, hidden, 3, padding=1, bias=False)
        self.norm = build_norm_layer(norm_cfg, hidden)[1]
        self.pool = nn.AdaptiveAvgPool2d(grid)
        self.mix = nn.Conv2d(hidden, 2, 1)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Initialize so that nearly all cells are kept."""
        for conv in (self.conv, self.mix):
            nn.init.kaiming_normal_(conv.weight, mode='fan_out', nonlinearity='relu')
        # The fan-out of two channels would make the weights dominate the biases.
        nn.init.normal_(self.mix.weight, std=0.01)
        with torch.no_grad():
            cast(Tensor, self.mix.bias).copy_(torch.tensor([1.0, self.keep_bias]))

    def forward(self, x: Tensor) -> Tensor:
        """Decide for every cell; shapes as for the class."""
        x = self.mix(self.pool(self.norm(self.conv(x)).relu()))
        return choose(
            x.movedim(1, -1),
            self.temperature if self.training else None,
            self.noise_scale if self.training else float(self.noise),
        )


class FixedRegions(nn.Module):
    """Fixed selection policies for cells (Table 5), independent of the map.

    `round(ratio * g * g)` cells are kept, at least one: `'center'` keeps the cells
    nearest to the center, `'random'` samples at each call and for each frame.

    Args:
        grid (int): Cells g per side.
        policy (str): `'center'` or `'random'`.
        ratio (float): Share of cells kept.

    Shape:
        - x: (B, C, H, W); only the length and device are used.
        - returns: (B, g, g), float32, 0 or 1.
    """

    def __init__(self, grid: int, policy: str, ratio: float) -> None:
        super().__init__()
        self.grid = grid
        self.policy = policy
        self.num_kept = max(1, round(ratio * grid * grid))

    def forward(self, x: Tensor) -> Tensor:
        """Select cells; shapes as for the class."""
        cells = self.grid**2
        if self.policy == 'random':
            order = torch.rand(x.shape[0], cells, device=x.device).argsort(1)
        else:
            place = torch.arange(self.grid, device=x.device) - (self.grid - 1) / 2
            distance = (place[:, None] ** 2 + place**2).flatten()
            order = distance.argsort(stable=True).expand(x.shape[0], -1)
        mask = x.new_zeros((x.shape[0], cells), dtype=torch.float32)
        mask.scatter_(1, order[:, : self.num_kept], 1.0)
        return mask.view(-1, self.grid, self.grid)


def build_regions(
    options: SpatialOptions,
    in_channels: int,
    selection: SelectionOptions,
    norm_cfg: ConfigType,
) -> nn.Module:
    """Build the module that computes a mask of regions from an ample feature.

    Args:
        options (SpatialOptions): Policy and grid.
        in_channels (int): Channels of the feature.
        selection (SelectionOptions): Noise in eval and initial bias.
        norm_cfg (dict): Norm layer of a navigation module.
    """
    if options.policy == 'navigation':
        return SpatialNavigationModule(
            in_channels,
            options.grid,
            selection.noise,
            norm_cfg=norm_cfg,
            keep_bias=selection.keep_bias,
        )
    return FixedRegions(options.grid, options.policy, options.ratio or 1.0)
