"""Loss that makes a heatmap sparse."""

from mmaction.registry import MODELS
from torch import Tensor, nn

from .cells import min_max


@MODELS.register_module()
class HeatmapSparsityLoss(nn.Module):
    """Mean of 4 H (1 - H) over the cells (Eq. 15).

    H is the heatmap of a clip, scaled to [0, 1]; the paper uses the unbounded
    heatmap, for which the term has no lower bound.

    Args:
        loss_weight (float): Factor. Paper: 1 (Eq. 16).

    Shape:
        - heatmap: (N, T, H, W), any values.
        - returns: (), in [0, loss_weight], mean over the clips.

    Source: "Action Keypoint Network for Efficient Video Recognition", arXiv
    2201.06304, section III-C.
    """

    def __init__(self, loss_weight: float = 1.0) -> None:
        super().__init__()
        self.loss_weight = loss_weight

    def forward(self, heatmap: Tensor) -> Tensor:
        """Compute the loss; see the class for the shapes."""
        h = min_max(heatmap)
        return self.loss_weight * (4 * h * (1 - h)).mean()
