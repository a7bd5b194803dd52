"""Loss that drives the cells of a heatmap to 0 or 1."""

from mmaction.registry import MODELS
from torch import Tensor, nn

from .selector import min_max


@MODELS.register_module()
class HeatmapSparsityLoss(nn.Module):
    """Mean of 4 H (1 - H) over the cells (Eq. 15).

    H is the heatmap of a clip from its smallest to its largest cell: the
    paper's H has no bounds, and neither would the term.

    Args:
        loss_weight (float): Factor. Paper: 1 (Eq. 16).

    Shape:
        - heatmap: (N, T, H, W), any values.
        - returns: a scalar in [0, loss_weight], mean over the clips.

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
