"""AKHead: classifier of an AK-Net and, in training, its two helpers."""

from typing import Dict

import torch
from mmaction.models.heads import BaseHead
from mmaction.registry import MODELS
from mmaction.utils import ConfigType, OptConfigType, SampleList
from mmengine.logging import MMLogger
from mmengine.model.weight_init import normal_init
from torch import Tensor, nn

from ..checks import check_positive
from .backbone import AKNetFeatures
from .selector import min_max


@MODELS.register_module()
class AKHead(BaseHead):
    """Linear classifier of point features, beside the mean of the map.

    Equation 13: fc(concat(GAP(X_l), mean of e_f)). In training an auxiliary
    head classifies the map weighted by the heatmap, frame by frame, and a
    term makes the heatmap sparse: L = (L_cls + L_aux) / 2 + r_e (Eq. 16). The
    paper weights by the heatmap as it is, which has no bounds; here it goes
    from 0 to 1 in each clip. None of this runs at test.

    A classifier of the host's own recogniser, as `TSMHead` and `TSNHead` keep
    it, is taken for the point features; the mean of the map then starts
    without a say.

    Args:
        num_classes (int): Classes.
        in_channels (int): Channels C' behind the tail.
        map_channels (int): Channels C of the map that points come from.
        concat_pooled (bool): Whether the mean of the map is classified too
            (Table IV).
        loss_cls (dict): Loss of the classifier.
        loss_aux (dict, optional): Loss of the auxiliary head; None has no
            such head, then ``loss_cls`` should weigh 1.
        loss_sparsity (dict, optional): Term of the heatmap; None leaves it
            out (Table IV).
        dropout_ratio (float): Dropout in front of both classifiers.
        init_std (float): Standard deviation of the classifiers' weights.
        **kwargs: The others of MMAction2's `BaseHead`: ``average_clips``,
            ``label_smooth_eps``, ``multi_class``, ``topk``, ``init_cfg``.

    Shape:
        - feats: `AKNetFeatures` of N * V clips.
        - returns: (N * V, num_classes), logits.

    Raises:
        TypeError: If what arrives is not from `AKNet`, or a number is no
            integer.
        ValueError: If channels are not those announced.

    Source: "Action Keypoint Network for Efficient Video Recognition", arXiv
    2201.06304, sections III-B and III-C.
    """

    def __init__(
        self,
        num_classes: int,
        in_channels: int,
        map_channels: int,
        concat_pooled: bool = True,
        loss_cls: ConfigType = dict(type='CrossEntropyLoss', loss_weight=0.5),
        loss_aux: OptConfigType = dict(type='CrossEntropyLoss', loss_weight=0.5),
        loss_sparsity: OptConfigType = dict(type='HeatmapSparsityLoss'),
        dropout_ratio: float = 0.5,
        init_std: float = 0.01,
        **kwargs,
    ) -> None:
        super().__init__(num_classes, in_channels, loss_cls, **kwargs)
        check_positive(
            'AKHead',
            num_classes=num_classes,
            in_channels=in_channels,
            map_channels=map_channels,
        )
        self.map_channels = map_channels
        self.concat_pooled = concat_pooled
        self.init_std = init_std
        self.dropout = nn.Dropout(dropout_ratio)
        self.fc_cls = nn.Linear(
            in_channels + (map_channels if concat_pooled else 0), num_classes
        )
        self.loss_sparsity = (
            None if loss_sparsity is None else MODELS.build(loss_sparsity)
        )
        self.aux_head = None
        if loss_aux is not None:
            kwargs.pop('init_cfg', None)
            self.aux_head = AuxiliaryHead(
                num_classes,
                map_channels,
                loss_cls=loss_aux,
                dropout_ratio=dropout_ratio,
                init_std=init_std,
                **kwargs,
            )

    def init_weights(self) -> None:
        """Initialise the classifiers; the rest is torch's own."""
        normal_init(self.fc_cls, std=self.init_std)
        # Behind it, so that weights that init_cfg names are not lost.
        super().init_weights()

    def _load_from_state_dict(
        self, state_dict: Dict[str, Tensor], prefix: str, *args
    ) -> None:
        """Give the classifier of a plain host to the point features."""
        key = f'{prefix}fc_cls.weight'
        given = state_dict.get(key)
        mine = self.fc_cls.weight
        if (
            given is not None
            and self.concat_pooled
            and given.shape == (mine.shape[0], self.in_channels)
        ):
            pooled = given.new_zeros(len(given), self.map_channels)
            state_dict[key] = torch.cat((pooled, given), 1)
            MMLogger.get_current_instance().info(
                f'AKHead: took the classifier of {tuple(given.shape)} for the '
                'point features; the pooled map starts with weights of zero.'
            )
        super()._load_from_state_dict(state_dict, prefix, *args)

    def check_features(self, feats: AKNetFeatures) -> None:
        """Refuse what is not from `AKNet` or has other channels."""
        if not isinstance(feats, AKNetFeatures):
            raise TypeError(
                f'AKHead: the features are a {type(feats).__name__}, not '
                "those of AKNet; set backbone=dict(type='AKNet', base=...) "
                'and no neck.'
            )
        found = (feats.sequence.shape[1], feats.feature.shape[1])
        if found != (self.in_channels, self.map_channels):
            raise ValueError(
                f'AKHead: in_channels={self.in_channels} and map_channels='
                f'{self.map_channels}, but the tail gives {found[0]} and the '
                f'map has {found[1]} channels; set them to these.'
            )

    def forward(self, x: AKNetFeatures, **kwargs) -> Tensor:
        """Classify; see the class for the shapes."""
        self.check_features(x)
        feature = x.sequence.mean(2)
        if self.concat_pooled:
            pooled = (
                x.feature.mean((2, 3)).view(len(feature), -1, self.map_channels).mean(1)
            )
            feature = torch.cat((pooled, feature), 1)
        return self.fc_cls(self.dropout(feature))

    def loss(
        self, feats: AKNetFeatures, data_samples: SampleList, **kwargs
    ) -> Dict[str, Tensor]:
        """Losses of Equation 16 and the accuracy.

        Args:
            feats (AKNetFeatures): Of N clips.
            data_samples (list): N samples with their labels.

        Returns:
            dict: ``loss_cls``, ``loss_aux``, ``loss_sparsity`` (those that
            are there) and for the log ``top{k}_acc``, ``aux_top{k}_acc``.
        """
        losses = self.loss_by_feat(self(feats, **kwargs), data_samples)
        if self.aux_head is not None:
            losses.update(
                {
                    'loss_aux' if key == 'loss_cls' else f'aux_{key}': each
                    for key, each in self.aux_head.loss(feats, data_samples).items()
                }
            )
        if self.loss_sparsity is not None:
            losses['loss_sparsity'] = self.loss_sparsity(feats.heatmap)
        return losses


class AuxiliaryHead(BaseHead):
    """Early prediction from the map weighted by the heatmap (Eq. 14).

    Two convolutions of stride 2, each to half of the channels, the mean over
    cells and frames, and a linear layer.

    Args:
        num_classes (int): Classes.
        in_channels (int): Channels C of the map.
        dropout_ratio (float): Dropout in front of the classifier.
        init_std (float): Standard deviation of the classifier's weights.
        **kwargs: The others of MMAction2's `BaseHead`.

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
        **kwargs,
    ) -> None:
        super().__init__(num_classes, in_channels, **kwargs)
        if in_channels < 4:
            raise ValueError(
                f'AKHead: map_channels={in_channels} cannot be halved twice; '
                'choose a later select_stage or loss_aux=None.'
            )
        self.init_std = init_std
        layers, channels = [], in_channels
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
        """Initialise the classifier; the rest is torch's own."""
        super().init_weights()
        normal_init(self.fc_cls, std=self.init_std)

    def forward(self, x: AKNetFeatures, **kwargs) -> Tensor:
        """Classify; see the class for the shapes."""
        n, t, height, width = x.heatmap.shape
        weights = min_max(x.heatmap).view(n * t, 1, height, width)
        feature = self.convs(x.feature * weights.to(x.feature.dtype))
        feature = feature.mean((2, 3)).view(n, t, -1).mean(1)
        return self.fc_cls(self.dropout(feature))
