"""Classifier of Point3D's 3D head, for clips or for actors."""

from typing import Dict, Optional, Sequence, Tuple, cast

import torch
from mmaction.registry import MODELS
from mmaction.utils import OptConfigType
from mmengine.model import BaseModule
from mmengine.structures import InstanceData
from torch import Tensor, nn

from ..build import build_module
from ..checks import (
    check_choice,
    check_feature_map,
    check_flag,
    check_inert,
    check_number,
    check_positive,
)
from .cls_targets import CLIP_LABELS, ClsTargets, collect_targets, jitter_boxes


@MODELS.register_module()
class Point3DClsHead(BaseModule):
    """Two 1x1x1 convolutions and a classifier, the end of the 3D head.

    Each convolution has a bias, a ReLU and no norm. The mean over all cells,
    dropout and a linear layer follow. `cls_mode='clip'` classifies clips, as in
    the paper. `'actor'` classifies each box; it was added here for data whose
    actors differ (AVA). The mean over time of the map is then cropped to the
    box by RoIAlign.

    Args:
        in_channels (int): Channels of the map.
        num_classes (int): C.
        mid_channels (int): Width of both convolutions. Not in the paper; 512
            is chosen here.
        cls_mode (str): `'clip'` or `'actor'`.
        multi_label (bool): True for several, independent classes per clip or
            actor (sigmoid); False for exactly one (softmax, Equation 6).
        loss_cls (dict, optional): Loss of scores (R, C) and targets (R, C).
            Default: `CrossEntropyLoss`, or `BCELossWithLogits` for several
            labels, both of MMAction2.
        dropout_ratio (float): In [0, 1). Chosen here.
        featmap_stride (int, optional): Pixels of the network's input per
            cell of the map; required for `'actor'`, refused for `'clip'`: 16 with
            `ResNeXt3d(stage_strides=(1, 2, 1, 1))` after features of stride 4.
        roi_size (int): Cells of a box along each side after RoIAlign.
        clip_label (str): Frames that give a clip its class in training. `'any'`: all
            of its frames; a clip without actors has no loss. `'middle'`: the middle
            frame only. `'background'`: likewise, and clips without actors on that
            frame have an additional class, so that the scores fall before and after
            an action. The two are for tests with `test_clips='centered'` and are not
            in the paper.
        jitter (float): In [0, 1). In training boxes are moved and scaled at
            random by up to this share of their size, because detected boxes are
            not exact.
        init_cfg (dict | list, optional): Initialisation as in MMEngine. Default:
            Kaiming for convolutions, standard deviation 0.01 for the
            classifier.

    Shape:
        - feat: (N, in_channels, T', H', W'), any sizes from 1.
        - rois: (R, 5), as `ClsTargets.places` of actors.
        - input_size: height and width of the network's input in pixels; if
          given, `featmap_stride` is checked against it.
        - returns: (N, C) for clips, (N, C + 1) with `clip_label='background'`,
          whose last column is that class, (R, C) for actors.

    Units: a box covers the area between its corners, where pixel x, counted
    from 0, is the area from x to x + 1.

    Raises:
        TypeError: If an argument has a wrong type.
        ValueError: If an argument is out of range or has no effect, or labels do
            not fit it.
        ImportError: If actors are classified and mmcv's operators are missing.

    Source: "Point3D: tracking actions as moving points with 3D CNNs",
    section 3.5, Fig. 5 and Equation 6. The paper gives no code.
    """

    def __init__(
        self,
        in_channels: int,
        num_classes: int,
        mid_channels: int = 512,
        cls_mode: str = 'clip',
        multi_label: bool = False,
        loss_cls: OptConfigType = None,
        dropout_ratio: float = 0.5,
        featmap_stride: Optional[int] = None,
        roi_size: int = 7,
        jitter: float = 0.1,
        clip_label: str = 'any',
        init_cfg: OptConfigType = None,
    ) -> None:
        super().__init__(
            init_cfg=init_cfg
            or [
                dict(type='Kaiming', layer='Conv3d'),
                dict(type='Normal', layer='Linear', std=0.01),
            ]
        )
        check_choice('Point3DClsHead', 'cls_mode', cls_mode, ('clip', 'actor'))
        check_positive(
            'Point3DClsHead',
            in_channels=in_channels,
            num_classes=num_classes,
            mid_channels=mid_channels,
            roi_size=roi_size,
        )
        check_flag('Point3DClsHead', multi_label=multi_label)
        self.in_channels = in_channels
        self.num_classes = num_classes
        self.cls_mode = cls_mode
        self.multi_label = multi_label
        self._check(dropout_ratio, jitter, featmap_stride)
        self._check_clip_label(clip_label)
        if cls_mode == 'clip':
            check_inert(
                'Point3DClsHead',
                "cls_mode='clip'",
                featmap_stride=(featmap_stride, None),
                roi_size=(roi_size, 7),
                jitter=(jitter, 0.1),
            )
        # Not None if it is used: `_check` requires it for actors.
        self.featmap_stride = cast(int, featmap_stride)
        self.roi_size = roi_size
        self.jitter = jitter
        self.clip_label = clip_label
        self.loss_cls = self._build_loss(loss_cls)
        self.conv1 = nn.Conv3d(in_channels, mid_channels, 1)
        self.conv2 = nn.Conv3d(mid_channels, mid_channels, 1)
        self.relu = nn.ReLU(inplace=True)
        self.dropout = nn.Dropout(dropout_ratio)
        width = num_classes + (clip_label == 'background')
        self.fc_cls = nn.Linear(mid_channels, width)

    def _check(
        self, dropout_ratio: float, jitter: float, featmap_stride: Optional[int]
    ) -> None:
        """Refuse ratios and strides that are out of range."""
        for name, value in dict(dropout_ratio=dropout_ratio, jitter=jitter).items():
            check_number('Point3DClsHead', **{name: value})
            if not 0 <= value < 1:
                raise ValueError(f'Point3DClsHead: {name}={value} is outside [0, 1).')
        if featmap_stride is not None:
            check_positive('Point3DClsHead', featmap_stride=featmap_stride)
        elif self.cls_mode == 'actor':
            raise ValueError(
                "Point3DClsHead: cls_mode='actor' needs featmap_stride, "
                "pixels of the network's input per cell of the map (16 with "
                'stage_strides=(1, 2, 1, 1) of ResNeXt3d).'
            )

    def _check_clip_label(self, clip_label: str) -> None:
        """Refuse labels of clips that are unknown or have no effect."""
        check_choice('Point3DClsHead', 'clip_label', clip_label, CLIP_LABELS)
        if self.cls_mode == 'actor':
            check_inert(
                'Point3DClsHead', "cls_mode='actor'", clip_label=(clip_label, 'any')
            )
        elif clip_label == 'background' and self.multi_label:
            raise ValueError(
                "Point3DClsHead: clip_label='background' adds a class that excludes "
                'the others, but multi_label=True; set multi_label=False or '
                "clip_label='middle'."
            )

    def _build_loss(self, loss_cls: OptConfigType) -> nn.Module:
        """Given loss, or the default for the number of labels."""
        names = ('CrossEntropyLoss', 'BCELossWithLogits')
        if loss_cls is None:
            loss_cls = dict(type=names[self.multi_label])
        elif not isinstance(loss_cls, dict) or 'type' not in loss_cls:
            raise TypeError(
                f'Point3DClsHead: loss_cls={loss_cls!r} is not a config with a type; '
                f'give dict(type={names[self.multi_label]!r}).'
            )
        elif loss_cls['type'] == names[not self.multi_label]:
            raise ValueError(
                f'Point3DClsHead: loss_cls={loss_cls} does not go with '
                f'multi_label={self.multi_label}; use BCELossWithLogits for '
                'several labels and CrossEntropyLoss for one.'
            )
        return build_module('Point3DClsHead', 'loss_cls', loss_cls)

    def forward(
        self,
        feat: Tensor,
        rois: Optional[Tensor] = None,
        input_size: Optional[Tuple[int, int]] = None,
    ) -> Tensor:
        """Logits of clips, or of actors for given boxes; shapes as in the class."""
        check_feature_map(
            'Point3DClsHead',
            'feat',
            feat,
            self.in_channels,
            'Give it the map of the 3D backbone.',
        )
        if (rois is None) == (self.cls_mode == 'actor'):
            raise ValueError(
                f'Point3DClsHead: cls_mode={self.cls_mode!r}, but rois is '
                + (
                    'None; give the boxes of the actors (R, 5).'
                    if rois is None
                    else 'given; clips are classified without boxes.'
                )
            )
        if rois is not None:
            feat = self.crop(feat, rois, input_size)
        x = self.relu(self.conv2(self.relu(self.conv1(feat))))
        return self.fc_cls(self.dropout(x.mean((2, 3, 4))))

    def crop(
        self, feat: Tensor, rois: Tensor, input_size: Optional[Tuple[int, int]] = None
    ) -> Tensor:
        """Mean over time of the map, cropped to boxes by RoIAlign.

        Shape:
            - feat, rois, input_size: as in the class.
            - returns: (R, in_channels, 1, roi_size, roi_size); NaN for boxes that
              are not finite. Corners are moved to at most the size of the image
              outside of it.
        """
        if rois.ndim != 2 or rois.shape[1] != 5:
            raise ValueError(
                f'Point3DClsHead: rois has shape {tuple(rois.shape)}; boxes '
                '(R, 5) are needed, each its clip and x1, y1, x2, y2.'
            )
        stride, cells = self.featmap_stride, tuple(feat.shape[3:])
        if input_size is not None:
            expected = tuple(-(-side // stride) for side in input_size)
            if expected != cells:
                raise ValueError(
                    f'Point3DClsHead: featmap_stride={stride} makes '
                    f'{expected[0]} x {expected[1]} cells of {input_size[0]} '
                    f'x {input_size[1]} pixels, but the map has {cells[0]} x '
                    f'{cells[1]}; correct featmap_stride or stage_strides.'
                )
        if not len(rois):  # stays in the graph, for distributed training
            side = self.roi_size
            return feat[:0, :, :1, :1, :1].expand(-1, -1, -1, side, side)
        try:
            from mmcv.ops import roi_align
        except ImportError as error:
            raise ImportError(
                "Point3DClsHead: cls_mode='actor' needs RoIAlign of mmcv's "
                'operators, which mmcv-lite does not have. Install mmcv '
                "instead of mmcv-lite, or use cls_mode='clip'."
            ) from error
        # In single precision: half precision moves corners by up to a pixel.
        plane = feat.float().mean(2)
        rois = rois.to(plane)
        valid = rois.isfinite().all(1)
        # RoIAlign reads outside the map at NaN, and takes a time that grows with
        # the area of a box.
        reach = stride * max(cells)
        rois = rois.masked_fill(~valid[:, None], 0)
        corners = rois[:, 1:].clamp(-reach, 2 * reach)
        rois = torch.cat((rois[:, :1], corners), 1)
        out = roi_align(plane, rois, self.roi_size, 1 / stride, 0, 'avg', True)
        out = out.masked_fill(~valid[:, None, None, None], torch.nan)
        return out.unsqueeze(2).to(feat.dtype)

    def loss(
        self,
        feat: Tensor,
        gt_instances_list: Sequence[InstanceData],
        metas: Sequence[dict],
        input_size: Optional[Tuple[int, int]] = None,
    ) -> Dict[str, Tensor]:
        """Loss against the tubes of the clips.

        Args:
            feat (Tensor): As in the class.
            gt_instances_list (Sequence[InstanceData]): Per clip `bboxes`
                (A, T, 4), `labels` (A,) or (A, C) and `bbox_valid` (A, T),
                as `PackTubeInputs` makes them.
            metas (Sequence[dict]): Per clip, optionally, `frame_labeled` (T,)
                and `key_inds`, positions from 0.
            input_size (tuple[int, int], optional): As in the class.

        Returns:
            dict[str, Tensor]: `loss_cls`, the mean over all labelled clips or
            boxes, 0 (with zero gradients) without any; `cls_acc`, the share
            of correct best classes, not present without any.
        """
        targets = self.get_targets(gt_instances_list, metas, feat)
        if self.cls_mode == 'actor':
            height, width = (self.featmap_stride * side for side in feat.shape[3:])
            rois = jitter_boxes(targets.places, self.jitter, (width, height))
            logits = self(feat, rois, input_size)
        else:
            logits = self(feat)[targets.places]
        return self.loss_by_feat(logits, targets.classes)

    def loss_by_feat(self, logits: Tensor, classes: Tensor) -> Dict[str, Tensor]:
        """Loss of logits (R, C) for classes (R, C); see `loss`."""
        logits = logits.float()
        if not len(logits):
            return dict(loss_cls=logits.sum() * 0)
        best = logits.detach().argmax(1, keepdim=True)
        return dict(
            loss_cls=self.loss_cls(logits, classes),
            cls_acc=(classes.gather(1, best) > 0).float().mean(),
        )

    def predict(
        self,
        feat: Tensor,
        rois: Optional[Tensor] = None,
        input_size: Optional[Tuple[int, int]] = None,
    ) -> Tensor:
        """Probabilities, float32, (N, C) or (R, C); see the class.

        With one label they sum to 1, or to at most 1 if there is a class for the
        background, which is left out; with several each is in [0, 1].
        """
        logits = self(feat, rois, input_size).float()
        if self.multi_label:
            return logits.sigmoid()
        return logits.softmax(1)[:, : self.num_classes]

    def get_targets(
        self,
        gt_instances_list: Sequence[InstanceData],
        metas: Sequence[dict],
        feat: Tensor,
    ) -> ClsTargets:
        """Labelled clips or boxes of a batch; see `collect_targets`.

        Args:
            gt_instances_list (Sequence[InstanceData]): As in `loss`.
            metas (Sequence[dict]): As in `loss`.
            feat (Tensor): Map (N, C, T', H', W'); targets get its device.
        """
        return collect_targets(
            gt_instances_list,
            metas,
            self.num_classes,
            self.cls_mode == 'actor',
            self.multi_label,
            feat.device,
            self.clip_label,
        )
