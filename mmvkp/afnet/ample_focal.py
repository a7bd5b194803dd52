"""The AF module: ample and focal branch, merged and fused."""

from typing import Callable, List, Optional, Sequence, Tuple

import torch
from torch import Tensor, nn

from ..recognition.fast_forward import results_only, untouched
from .focal_unit import FocalUnit
from .frame_ops import global_mean


class AdaptiveMerge(nn.Module):
    """Weighted sum of both branches, per frame and channel (Equation 8).

    Args:
        channels (int): Channels C.
        reduction (int): Divisor of the hidden width.
        bias (bool): Whether the two linear layers have biases.

    Shape:
        - ample, focal: (B, C, H, W).
        - returns: (B, C, H, W).

    Source: AFNet, section 3.1; widths, initialization and the pooled sum as in the
    authors' code.
    """

    def __init__(self, channels: int, reduction: int = 16, bias: bool = False) -> None:
        super().__init__()
        hidden = max(1, channels // reduction)
        self.squeeze = nn.Linear(channels, hidden, bias=bias)
        self.expand = nn.Linear(hidden, channels, bias=bias)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Initialize to nearly equal weights."""
        for layer in (self.squeeze, self.expand):
            nn.init.normal_(layer.weight, std=0.01)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)

    def forward(self, ample: Tensor, focal: Tensor) -> Tensor:
        """Merge the branches; shapes as for the class."""
        pooled = global_mean(ample) + global_mean(focal)
        theta = self.expand(self.squeeze(pooled).relu()).sigmoid()
        theta = theta[:, :, None, None].to(focal.dtype)
        return focal.lerp(ample.to(focal.dtype), theta)


class AFStage(nn.Module):
    """AF module: ample and focal blocks in parallel, merged and fused.

    Without ample blocks it is a plain stage whose blocks skip frames ("single branch"
    of Table 5); masks are then computed from the inputs of the blocks.

    Args:
        ample (Sequence[nn.Module]): Ample blocks; empty for a single branch.
        focal (Sequence[FocalUnit]): Focal blocks.
        selectors (Sequence[nn.Module]): One per focal block, or fewer: the last
            decision also applies to the remaining blocks.
        from_output (bool): Compute mask n from the output of ample block n if True,
            from its input if False.
        ample_out (nn.Module, optional): Maps the ample feature to the channels of the
            focal feature.
        merge (nn.Module, optional): Merges both features.
        merge_relu (bool): ReLU after the merge.
        fusion (nn.Module, optional): Last block, applied to the merged feature.
        regions (Sequence[nn.Module], optional): Spatial selection, one module per
            focal block.
        soft (bool): Masks are weights in [0, 1].

    Shape:
        - x: (B, C, H, W), B frames.
        - returns: (B, C', H', W'), masks (B, M), masks of regions (B, M, g, g) or
          None.
    """

    def __init__(
        self,
        ample: Sequence[nn.Module],
        focal: Sequence[FocalUnit],
        selectors: Sequence[nn.Module],
        from_output: bool,
        ample_out: Optional[nn.Module] = None,
        merge: Optional[nn.Module] = None,
        merge_relu: bool = True,
        fusion: Optional[nn.Module] = None,
        regions: Sequence[nn.Module] = (),
        soft: bool = False,
    ) -> None:
        super().__init__()
        self.ample = nn.ModuleList(ample)
        self.focal = nn.ModuleList(focal)
        self.navigation = nn.ModuleList(selectors)
        self.regions = nn.ModuleList(regions)
        self.ample_out = ample_out
        self.merge = merge
        self.merge_relu = merge_relu
        self.fusion = fusion
        self.from_output = from_output
        self.soft = soft

    def forward(
        self, x: Tensor, masks: Optional[Tensor] = None
    ) -> Tuple[Tensor, Tensor, Optional[Tensor]]:
        """Compute both branches; shapes as for the class.

        Args:
            x (Tensor): Input of both branches.
            masks (Tensor, optional): (B, M), replace the masks of the selectors.
        """
        return self.compute(x, masks, lambda block, *inputs: block(*inputs, self.soft))

    def compute(
        self, x: Tensor, masks: Optional[Tensor], run: Callable[..., Tensor]
    ) -> Tuple[Tensor, Tensor, Optional[Tensor]]:
        """Compute both branches.

        Args:
            x (Tensor): Input of both branches.
            masks (Tensor, optional): As for `forward`.
            run (Callable): Runs a focal block; its arguments are the block, features,
                a mask and regions or None.

        Shape:
            - x: (B, C, H, W).
            - masks: (B, M).
        """
        ample, focal = x, x
        used: List[Tensor] = []
        areas: List[Tensor] = []
        for n, block in enumerate(self.focal):
            source = ample if self.ample else focal
            if self.ample:
                ample = self.ample[n](ample)
                if self.from_output:
                    source = ample
            if masks is not None:
                mask = masks[:, n]
            elif n < len(self.navigation):
                mask = self.navigation[n](source)
            else:
                mask = used[-1]
            used.append(mask)
            region = None
            if self.regions:
                area = self.regions[n](source)
                areas.append(area)
                region = nn.functional.interpolate(
                    area[:, None].to(focal.dtype), size=focal.shape[2:]
                )
            focal = run(block, focal, mask, region)
        if self.merge is not None:
            if self.ample_out is not None:
                ample = self.ample_out(ample)
            ample = nn.functional.interpolate(ample, size=focal.shape[2:])
            focal = self.merge(ample, focal)
            if self.merge_relu:
                # A hook may keep the output of the merge.
                own = results_only(focal) and untouched(self.merge)
                focal = focal.relu_() if own else focal.relu()
        if self.fusion is not None:
            focal = self.fusion(focal)
        return focal, torch.stack(used, 1), torch.stack(areas, 1) if areas else None
