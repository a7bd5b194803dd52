"""Loss that moves the share of selected frames to a target."""

from typing import Any, Optional

import torch
from mmaction.registry import MODELS
from mmengine.dist import get_world_size
from torch import Tensor, nn

from ..checks import check_choice, check_number, check_ratio


class _SumOverRanks(torch.autograd.Function):
    """Differentiable sum of a tensor over all processes.

    Every process computes the same loss from the sum. The gradient of one process is
    therefore multiplied by the world size; data parallel training divides by it.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        """Sum over the processes; input and output have shape (M + 1)."""
        x = x.clone()
        torch.distributed.all_reduce(x)
        return x

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Tensor:
        """Multiply the gradient, shape (M + 1), by the number of processes."""
        return grad * get_world_size()


@MODELS.register_module()
class SelectionRatioLoss(nn.Module):
    """Squared difference of the selected share and its target, per focal block.

    lambda * sum_n (r_n - RT)^2, the second term of Equation 16. The share r_n of block
    n is the mean of its mask over the frames of the batch on all processes.

    Args:
        target_ratio (float): RT, in (0, 1].
        reduction (str): `'sum'` over the blocks (text) or `'mean'` (released code).
        loss_weight (float, optional): Lambda. None: 0.5 with `'mean'` (released code)
            and 0.5 / M with `'sum'`, so that both have the same weight. The text
            does not state it.

    Shape:
        - masks: (N, M, ...), values in [0, 1].
        - returns: a scalar.

    `current_ratio` is the current target: `target_ratio` unless
    `SelectionAnnealHook` changes it.

    Raises:
        TypeError: If the target or the weight is not a number.
        ValueError: If the target is outside (0, 1], the weight is
            negative, or the reduction is unknown.

    Source: "Look More but Care Less in Video Recognition", arXiv 2211.09992,
    Equation 16.
    """

    def __init__(
        self,
        target_ratio: float,
        reduction: str = 'sum',
        loss_weight: Optional[float] = None,
    ) -> None:
        super().__init__()
        check_ratio('SelectionRatioLoss', 'target_ratio', target_ratio)
        check_choice('SelectionRatioLoss', 'reduction', reduction, ('sum', 'mean'))
        if loss_weight is not None:
            check_number('SelectionRatioLoss', low=0, loss_weight=loss_weight)
        self.target_ratio = float(target_ratio)
        self.current_ratio = float(target_ratio)
        self.reduction = reduction
        self.loss_weight = loss_weight

    def forward(self, masks: Tensor) -> Tensor:
        """Compute the loss; shapes as for the class."""
        masks = masks.transpose(0, 1).flatten(1).float()
        number, frames = masks.shape
        # The last entry is the number of frames, which may differ between ranks.
        sums = torch.cat((masks.sum(1), masks.new_tensor([float(frames)])))
        if get_world_size() > 1:
            sums = _SumOverRanks.apply(sums)
        loss = (sums[:-1] / sums[-1] - self.current_ratio).square()
        weight = self.loss_weight
        if weight is None:
            weight = 0.5 / number if self.reduction == 'sum' else 0.5
        return weight * getattr(loss, self.reduction)()
