"""Which regions of a map a focal block computes (AFNet, section 3.3)."""

import torch
from mmaction.utils import ConfigType
from mmcv.cnn import build_norm_layer
from torch import Tensor, nn

from .selection import choose
from .selection_options import SpatialOptions


class SpatialNavigationModule(nn.Module):
    """One decision per cell of a coarse grid, for every frame.

    Equation 15: a 3x3 convolution, norm and ReLU, average pooling to the
    grid, a 1x1 convolution to two logits; then a Gumbel choice as in time.

    Args:
        in_channels (int): Channels C of the ample feature.
        grid (int): Cells g per side.
        noise (bool): Whether Gumbel noise stays on in eval.
        reduction (int): C over the hidden width. The paper does not state
            the width; C // 16, at least 8, is chosen here.
        norm_cfg (dict): Norm layer.

    Shape:
        - x: (B, C, H, W).
        - returns: (B, g, g), float32, 0 or 1; NaN as in `NavigationModule`.

    ``temperature`` is set by `SelectionAnnealHook`.
    """

    def __init__(
        self,
        in_channels: int,
        grid: int = 7,
        noise: bool = False,
        reduction: int = 16,
        norm_cfg: ConfigType = dict(type='BN'),
    ) -> None:
        super().__init__()
        hidden = max(8, in_channels // reduction)
        self.noise = noise
        self.temperature = 1.0
        self.conv = nn.Conv2d(in_channels, hidden, 3, padding=1, bias=False)
        self.norm = build_norm_layer(norm_cfg, hidden)[1]
        self.pool = nn.AdaptiveAvgPool2d(grid)
        self.mix = nn.Conv2d(hidden, 2, 1)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Initialise so that nearly every cell is kept, as in time."""
        for conv in (self.conv, self.mix):
            nn.init.kaiming_normal_(conv.weight, mode='fan_out', nonlinearity='relu')
        # Fan-out of two channels would drown the biases in noise.
        nn.init.normal_(self.mix.weight, std=0.01)
        with torch.no_grad():
            self.mix.bias.copy_(torch.tensor([1.0, 10.0]))

    def forward(self, x: Tensor) -> Tensor:
        """Decide for every cell; see the class for the shapes."""
        x = self.mix(self.pool(self.norm(self.conv(x)).relu()))
        return choose(
            x.movedim(1, -1),
            self.temperature if self.training else None,
            self.training or self.noise,
        )


class FixedRegions(nn.Module):
    """Cells chosen without looking at the map (Table 5).

    ``round(ratio * g * g)`` cells are kept, at least one: ``'center'`` those
    nearest to the centre, ``'random'`` any, anew at each call and for each
    frame.

    Args:
        grid (int): Cells g per side.
        policy (str): ``'center'`` or ``'random'``.
        ratio (float): Share of cells.

    Shape:
        - x: (B, C, H, W); only its length and device are used.
        - returns: (B, g, g), float32, 0 or 1.
    """

    def __init__(self, grid: int, policy: str, ratio: float) -> None:
        super().__init__()
        self.grid = grid
        self.policy = policy
        self.num_kept = max(1, round(ratio * grid * grid))

    def forward(self, x: Tensor) -> Tensor:
        """Choose cells; see the class for the shapes."""
        cells = self.grid**2
        if self.policy == 'random':
            order = torch.rand(len(x), cells, device=x.device).argsort(1)
        else:
            place = torch.arange(self.grid, device=x.device) - (self.grid - 1) / 2
            distance = (place[:, None] ** 2 + place**2).flatten()
            order = distance.argsort(stable=True).expand(len(x), -1)
        mask = x.new_zeros((len(x), cells), dtype=torch.float32)
        mask.scatter_(1, order[:, : self.num_kept], 1.0)
        return mask.view(-1, self.grid, self.grid)


def build_regions(
    options: SpatialOptions, in_channels: int, noise: bool, norm_cfg: ConfigType
) -> nn.Module:
    """Module that turns an ample feature into a mask of regions.

    Args:
        options (SpatialOptions): Policy and grid.
        in_channels (int): Channels of the feature.
        noise (bool): Whether Gumbel noise stays on in eval.
        norm_cfg (dict): Norm layer of a navigation module.
    """
    if options.policy == 'navigation':
        return SpatialNavigationModule(
            in_channels, options.grid, noise, norm_cfg=norm_cfg
        )
    return FixedRegions(options.grid, options.policy, options.ratio)
