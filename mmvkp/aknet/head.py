"""AKHead: classifier of an AK-Net, with auxiliary losses in training."""

from typing import Any, Dict, Optional

import torch
from mmaction.models.heads import BaseHead
from mmaction.registry import MODELS
from mmaction.utils import OptConfigType, SampleList
from mmengine.logging import MMLogger
from mmengine.model.weight_init import normal_init
from torch import Tensor, nn

from ..build import build_module
from ..checks import check_flag, check_positive
from .auxiliary_head import AuxiliaryHead
from .backbone import AKNetFeatures
from .head_checks import check_base_head, check_losses

_CROSS_ENTROPY = dict(type='CrossEntropyLoss', loss_weight=1.0)
# The weights of Eq. 16.
_HALF_CROSS_ENTROPY = dict(type='CrossEntropyLoss', loss_weight=0.5)
_SPARSITY = dict(type='HeatmapSparsityLoss')


@MODELS.register_module()
class AKHead(BaseHead):
    """Linear classifier of the point features and the pooled map.

    Eq. 13: fc(concat(GAP(X_l), mean of e_f)). In training an auxiliary head
    classifies the map weighted by the heatmap, and a sparsity term is added:
    L = (L_cls + L_aux) / 2 + r_e (Eq. 16). The heatmap is scaled to [0, 1] in each
    clip; the paper's is unbounded. Neither runs at test.

    The classifier of a recognizer on the plain host (`TSMHead`, `TSNHead`) is loaded
    for the point features; the weights of the pooled map are then zero.

    Args:
        num_classes (int): Classes.
        in_channels (int): Channels C' of the tail's output.
        map_channels (int): Channels C of the map that points are selected from.
        concat_pooled (bool): Classify the pooled map as well (Table IV).
        loss_cls (dict, optional): Loss of the classifier; None: cross entropy with
            the weight 1/2, or 1 without an auxiliary head.
        loss_aux (dict, optional): Loss of the auxiliary head; None: no such head.
        loss_sparsity (dict, optional): Sparsity term of the heatmap; None: no term
            (Table IV). One of the last two is needed: the heatmap has no other
            gradient, because the selection of points has none.
        dropout_ratio (float): Dropout before both classifiers, in [0, 1).
        init_std (float): Standard deviation of the classifiers' weights.
        **kwargs (Any): Other arguments of MMAction2's `BaseHead`: `average_clips`,
            `label_smooth_eps`, `multi_class`, `topk`, `init_cfg`.

    Shape:
        - feats: `AKNetFeatures` of N * V clips.
        - returns: (N * V, num_classes), logits.

    Raises:
        TypeError: If the features are not from `AKNet` or `AKViT`, or an argument has
            another type.
        ValueError: If an argument is out of range, both losses of the heatmap are
            None, or the features have other numbers of channels.

    Source: "Action Keypoint Network for Efficient Video Recognition", arXiv
    2201.06304, sections III-B and III-C.
    """

    def __init__(
        self,
        num_classes: int,
        in_channels: int,
        map_channels: int,
        concat_pooled: bool = True,
        loss_cls: OptConfigType = None,
        loss_aux: OptConfigType = _HALF_CROSS_ENTROPY,
        loss_sparsity: OptConfigType = _SPARSITY,
        dropout_ratio: float = 0.5,
        init_std: float = 0.01,
        **kwargs: Any,
    ) -> None:
        check_positive(
            'AKHead',
            num_classes=num_classes,
            in_channels=in_channels,
            map_channels=map_channels,
        )
        check_flag('AKHead', concat_pooled=concat_pooled)
        check_base_head(
            'AKHead', dropout_ratio=dropout_ratio, init_std=init_std, **kwargs
        )
        check_losses(loss_cls, loss_aux, loss_sparsity)
        if loss_cls is None:
            loss_cls = _CROSS_ENTROPY if loss_aux is None else _HALF_CROSS_ENTROPY
        super().__init__(num_classes, in_channels, loss_cls, **kwargs)
        self.map_channels = map_channels
        self.concat_pooled = concat_pooled
        self.init_std = init_std
        self.dropout = nn.Dropout(dropout_ratio)
        self.fc_cls = nn.Linear(
            in_channels + (map_channels if concat_pooled else 0), num_classes
        )
        self.loss_sparsity: Optional[nn.Module] = None
        if loss_sparsity is not None:
            self.loss_sparsity = build_module('AKHead', 'loss_sparsity', loss_sparsity)
        self.aux_head: Optional[AuxiliaryHead] = None
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
        """Initialise the classifiers; other layers keep torch's initialisation."""
        normal_init(self.fc_cls, std=self.init_std)
        # Last, because init_cfg may load weights.
        super().init_weights()

    def _load_from_state_dict(
        self, state_dict: Dict[str, Tensor], prefix: str, *args: Any
    ) -> None:
        """Load the classifier of a plain host for the point features."""
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
                f'AKHead: loaded a classifier of shape {tuple(given.shape)} for the '
                'point features; the weights of the pooled map are zero.'
            )
        super()._load_from_state_dict(state_dict, prefix, *args)

    def check_features(self, feats: AKNetFeatures) -> AKNetFeatures:
        """Refuse other features and other numbers of channels.

        Args:
            feats (AKNetFeatures): Features, or a tuple of them: `Recognizer3D` joins
                the views of `max_testing_views` to one.
        """
        if type(feats) is tuple and len(feats) == len(AKNetFeatures._fields):
            feats = AKNetFeatures(*feats)
        if not isinstance(feats, AKNetFeatures):
            raise TypeError(
                f'AKHead: the features are a {type(feats).__name__}, not the output '
                "of AKNet or AKViT; set backbone=dict(type='AKNet', base=...) and no "
                'neck.'
            )
        found = (feats.sequence.shape[1], feats.feature.shape[1])
        if found != (self.in_channels, self.map_channels):
            raise ValueError(
                f'AKHead: in_channels={self.in_channels} and map_channels='
                f'{self.map_channels}, but the tail has {found[0]} and the map '
                f'{found[1]} channels; use these numbers.'
            )
        return feats

    def forward(self, x: AKNetFeatures, **kwargs: Any) -> Tensor:
        """Classify; see the class for the shapes."""
        x = self.check_features(x)
        feature = x.sequence.mean(2)
        if self.concat_pooled:
            feature = torch.cat((x.pooled, feature), 1)
        return self.fc_cls(self.dropout(feature))

    def loss(
        self, feats: AKNetFeatures, data_samples: SampleList, **kwargs: Any
    ) -> Dict[str, Tensor]:
        """Losses of Eq. 16 and the accuracy.

        Args:
            feats (AKNetFeatures): Features of N clips.
            data_samples (list): N samples with labels.
            **kwargs (Any): Arguments of `forward`.

        Returns:
            dict[str, Tensor]: `loss_cls`, `loss_aux`, `loss_sparsity` (the last two
            if configured) and, for the log, `top{k}_acc` and `aux_top{k}_acc`;
            shape () each.

        Raises:
            ValueError: If the numbers of clips and samples differ.
        """
        logits = self(feats, **kwargs)
        if len(logits) != len(data_samples):
            raise ValueError(
                f'AKHead: {len(logits)} clips of features, but {len(data_samples)} '
                'labelled videos; set num_segments of the backbone to the frames per '
                'video of the training pipeline.'
            )
        losses = self.loss_by_feat(logits, data_samples)
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
