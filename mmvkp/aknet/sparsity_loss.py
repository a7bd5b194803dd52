"""Loss that makes a heatmap sparse."""

from mmaction.registry import MODELS
from torch import Tensor, nn

from ..checks import check_number
from .cells import min_max


@MODELS.register_module()
class HeatmapSparsityLoss(nn.Module):
    """Mean of 4 H (1 - H) over the cells (Eq. 15).

    H is the heatmap of a clip, scaled to [0, 1]; the paper uses the unbounded
    heatmap, for which the term has no lower bound.

    Args:
        loss_weight (float): Factor, larger than 0. Paper: 1 (Eq. 16).

    Shape:
        - heatmap: (N, T, H, W), any values.
        - returns: (), in [0, loss_weight], mean over the clips.

    Raises:
        TypeError: If `loss_weight` is not a number.
        ValueError: If it is not finite or not larger than 0.

    Source: "Action Keypoint Network for Efficient Video Recognition", arXiv
    2201.06304, section III-C.
    """

    def __init__(self, loss_weight: float = 1.0) -> None:
        super().__init__()
        check_number('HeatmapSparsityLoss', loss_weight=loss_weight)
        if loss_weight <= 0:
            raise ValueError(
                f'HeatmapSparsityLoss: loss_weight={loss_weight} is outside (0, inf); '
                'set loss_sparsity=None in AKHead for training without this loss.'
            )
        self.loss_weight = loss_weight

    def forward(self, heatmap: Tensor) -> Tensor:
        """Compute the loss; see the class for the shapes."""
        h = min_max(heatmap)
        return self.loss_weight * (4 * h * (1 - h)).mean()
