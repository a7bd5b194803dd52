"""Auxiliary head: classifies the map weighted by the heatmap."""

from typing import Any, List

from mmaction.models.heads import BaseHead
from mmengine.model.weight_init import normal_init
from torch import Tensor, nn

from .backbone import AKNetFeatures
from .cells import min_max


class AuxiliaryHead(BaseHead):
    """Early prediction from the map weighted by the heatmap (Eq. 14).

    Two convolutions of stride 2 that halve the channels, the mean over cells and
    frames, and a linear layer.

    Args:
        num_classes (int): Classes.
        in_channels (int): Channels C of the map.
        dropout_ratio (float): Dropout before the classifier.
        init_std (float): Standard deviation of the classifier's weights.
        **kwargs (Any): Other arguments of MMAction2's `BaseHead`.

    Shape:
        - x: `AKNetFeatures` of N clips.
        - returns: (N, num_classes), logits.
    """

    def __init__(
        self,
        num_classes: int,
        in_channels: int,
        dropout_ratio: float = 0.5,
        init_std: float = 0.01,
        **kwargs: Any,
    ) -> None:
        super().__init__(num_classes, in_channels, **kwargs)
        if in_channels < 4:
            raise ValueError(
                f'AKHead: map_channels={in_channels} cannot be halved twice; '
                'choose a later select_stage or loss_aux=None.'
            )
        self.init_std = init_std
        layers: List[nn.Module] = []
        channels = in_channels
        for _ in range(2):
            layers += [
                nn.Conv2d(channels, channels // 2, 3, 2, 1, bias=False),
                nn.BatchNorm2d(channels // 2),
                nn.ReLU(inplace=True),
            ]
            channels //= 2
        self.convs = nn.Sequential(*layers)
        self.dropout = nn.Dropout(dropout_ratio)
        self.fc_cls = nn.Linear(channels, num_classes)

    def init_weights(self) -> None:
        """Initialise the classifier; other layers keep torch's initialisation."""
        super().init_weights()
        normal_init(self.fc_cls, std=self.init_std)

    def forward(self, x: AKNetFeatures, **kwargs: Any) -> Tensor:
        """Classify; see the class for the shapes."""
        n, t, height, width = x.heatmap.shape
        weights = min_max(x.heatmap).view(n * t, 1, height, width)
        feature = self.convs(x.feature * weights.to(x.feature.dtype))
        feature = feature.mean((2, 3)).view(n, t, -1).mean(1)
        return self.fc_cls(self.dropout(feature))
