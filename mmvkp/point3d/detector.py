"""Point3D: actors as moving points, their action by a 3D network."""

from typing import Any, Dict, List, Optional, Sequence, Tuple, Union

import torch
from mmaction.registry import MODELS
from mmaction.utils import ConfigType, OptConfigType, SampleList
from mmengine.structures import InstanceData
from torch import Tensor

from ..build import build_module
from ..checks import check_choice, check_feature_map
from .cls_head import Point3DClsHead
from .features import ClipFeatures
from .losses import Maps
from .part_checks import (
    check_bank,
    check_heads,
    check_networks,
    check_unused,
    merge_loss_weights,
)
from .results import answered_frames, collect_clips, merge_result_cfg, write_result


@MODELS.register_module()
class Point3D(ClipFeatures):
    """Anchor-free detector of actions in clips.

    A 2D network computes features of each frame; the point head finds centres
    and joints of actors in them. Time-wise attention mixes the features of the
    frames of a clip, and a 3D network classifies the action.

    Args:
        backbone (dict): 2D network of a frame: `mmdet.HourglassNet`, or any
            other that ends, with `neck`, in maps of stride 4.
        point_head (dict): `Point3DHead`.
        neck (dict, optional): Between both, e.g. `mmdet.CTResNetNeck`.
        twa (dict, optional): `TimeWiseAttention`. None for the rows of Table
            3 without it.
        clip_backbone (dict, optional): 3D network that takes (B, C, T, h, w):
            `ResNeXt3d`, or MMAction2's `ResNet3d` with `in_channels=C`.
        cls_head (dict, optional): `Point3DClsHead`. None, together with
            `clip_backbone=None`, removes the 3D head (Table 3): then the point
            head has the `num_classes` of the data.
        point_input (str): Input of the point head. `'frame'`: features of the
            frame (section 3.4); `'twa'`: features after the attention (row
            "CP+KP+TWA" of Table 3).
        detach_cls (bool): Stop the gradient of the 3D head before the 2D
            network. The paper trains end to end.
        loss_weights (dict, optional): `loc` and `cls`, lambda_loc and
            lambda_cls of section 3.6. Default: 1 each; not in the paper.
        test_cfg (dict, optional): See `results.RESULT_CFG`.
        data_preprocessor (dict, optional): `ActionDataPreprocessor` with
            `format_shape='NCTHW'`.
        bank (dict, optional): `BankAttention`, pass two of the long-term feature
            bank: the network of the frames does not change, because the bank was
            made by it; only `loss_cls` is trained. Samples need `LoadBank`.
        **kwargs: `init_cfg`, as in MMEngine.

    Shape:
        - inputs: (B, 3, T, H, W), H and W multiples of the networks' strides.
        - returns: losses; or samples with `pred_instances`, see `detect`; in
          mode `'tensor'` the maps of the point head for B * T frames and the
          logits of the clips as `Point3DClsHead` returns them, which are None if
          actors are classified.

    Raises:
        TypeError: If an option or a part has a wrong type.
        ValueError: If options are unknown, unused or contradict each other; at run
            time if the input or the maps of a network do not fit.

    Source: "Point3D: tracking actions as moving points with 3D CNNs", Mo et
    al.; the paper gives no code.
    """

    cls_head: Optional[Point3DClsHead]

    def __init__(
        self,
        backbone: ConfigType,
        point_head: ConfigType,
        neck: OptConfigType = None,
        twa: OptConfigType = None,
        clip_backbone: OptConfigType = None,
        cls_head: OptConfigType = None,
        point_input: str = 'frame',
        detach_cls: bool = False,
        loss_weights: OptConfigType = None,
        test_cfg: OptConfigType = None,
        data_preprocessor: OptConfigType = None,
        bank: OptConfigType = None,
        **kwargs: Any,
    ) -> None:
        if isinstance(data_preprocessor, dict):
            data_preprocessor = build_module(
                'Point3D', 'data_preprocessor', data_preprocessor
            )
        super().__init__(data_preprocessor, **kwargs)
        check_choice('Point3D', 'point_input', point_input, ('frame', 'twa'))
        if (clip_backbone is None) != (cls_head is None) or (
            point_input == 'twa' and twa is None
        ):
            raise ValueError(
                'Point3D: clip_backbone and cls_head go together, and '
                "point_input='twa' needs twa; give both or neither."
            )
        self.loss_weights = merge_loss_weights(loss_weights)
        check_unused(cls_head, twa, point_input, detach_cls, self.loss_weights)
        self.test_cfg = merge_result_cfg(test_cfg)
        self.point_input = point_input
        self.detach_cls = detach_cls
        parts = dict(
            backbone=backbone,
            neck=neck,
            point_head=point_head,
            twa=twa,
            clip_backbone=clip_backbone,
            cls_head=cls_head,
            bank=bank,
        )
        for name, cfg in parts.items():
            part = None if cfg is None else build_module('Point3D', name, cfg)
            setattr(self, name, part)
        check_heads(self.point_head, self.cls_head, point_input)
        check_networks(self.backbone, self.clip_backbone)
        check_bank(self.bank, self.cls_head, detach_cls, self.loss_weights)
        self.find_frame_network()

    @property
    def num_classes(self) -> int:
        """Number of actions."""
        return (self.cls_head or self.point_head).num_classes

    @property
    def multi_label(self) -> bool:
        """True if an actor may have several actions."""
        return self.cls_head is not None and self.cls_head.multi_label

    def forward(
        self, inputs: Tensor, data_samples: SampleList = None, mode: str = 'tensor'
    ) -> Union[Dict, SampleList, Tuple]:
        """Run in a mode of MMEngine; see the class for the shapes."""
        check_choice('Point3D', 'mode', mode, ('loss', 'predict', 'tensor'))
        check_feature_map(
            'Point3D',
            'inputs',
            inputs,
            0,
            'Put FormatShape(input_format='
            "'NCTHW', collapse=True) into the pipeline and format_shape="
            "'NCTHW' into the ActionDataPreprocessor.",
        )
        if not inputs.is_floating_point():
            raise TypeError(
                f'Point3D: inputs are {inputs.dtype}; give the ActionDataPreprocessor '
                'mean and std, which convert frames to floating point.'
            )
        size = inputs.shape[3:]
        feats = self.extract_frames(inputs.transpose(1, 2).flatten(0, 1))
        if mode == 'predict':
            self.detect(feats, data_samples, size)
            return data_samples
        self.check_stride(feats[-1], size)
        feats, clips = self.mix_frames(feats, inputs.shape[2])
        clips = self.add_bank(clips, data_samples)
        if mode == 'loss':
            return self.loss(feats, clips, data_samples, size)
        scores = None
        if self.cls_head is not None and self.cls_head.cls_mode == 'clip':
            scores = self.cls_head(self.extract_clips(clips))
        return self.point_head.forward_last(feats), scores

    def loss(
        self,
        feats: Sequence[Tensor],
        clips: Tensor,
        data_samples: SampleList,
        size: Sequence[int],
    ) -> Dict[str, Tensor]:
        """Losses of both heads (section 3.6).

        Args:
            feats (Sequence[Tensor]): As `mix_frames` returns them.
            clips (Tensor): Likewise, with the rows of the bank.
            data_samples (list): B samples with `gt_instances`.
            size (Sequence[int]): H and W of the input in pixels.

        Shape:
            - feats: (B * T, C, h, w) each.
            - clips: (B, C, T, h, w).

        Returns:
            dict[str, Tensor]: Losses of the point head, without a bank, and
            `loss_cls`.
        """
        gts = [sample.gt_instances for sample in data_samples]
        metas = [sample.metainfo for sample in data_samples]
        losses: Dict[str, Tensor] = {}
        if self.bank is None:
            losses = self.point_head.loss_by_feat(self.point_head(feats), gts, metas)
        weights = dict.fromkeys(losses, self.loss_weights['loc'])
        if self.cls_head is not None:
            clips = clips.detach() if self.detach_cls else clips
            feature = self.extract_clips(clips)
            losses.update(self.cls_head.loss(feature, gts, metas, (size[0], size[1])))
            weights['loss_cls'] = self.loss_weights['cls']
        return {name: value * weights.get(name, 1) for name, value in losses.items()}

    def detect(
        self,
        feats: Sequence[Tensor],
        data_samples: SampleList,
        size: Sequence[int],
        place: Optional[int] = None,
    ) -> Maps:
        """Detections of clips from the features of their frames.

        Only the frames that a clip answers for go through the point head.

        Args:
            feats (Sequence[Tensor]): Maps of all frames of B clips, as
                `extract_frames` returns them; with `place` the maps of the last
                stack are enough.
            data_samples (list): B samples, which get `pred_instances`. Their
                metainfo has `frame_inds`, `key_inds` (frames that the clip
                answers for; all by default), `ori_shape` and `scale_factor` as
                `PackTubeInputs` makes them.
            size (Sequence[int]): H and W of the input in pixels.
            place (int, optional): Position of the only frame of each clip that is
                answered for; the samples describe this frame alone.

        Shape:
            - feats: (B * T, C, h, w).
            - returns: maps of the point head for the F frames that the clips
              answer for, (F, D, h, w) each.
            - pred_instances: see `results.write_result`.

        Raises:
            ValueError: If maps and point head have different strides.
        """
        self.check_stride(feats[-1], size)
        num_clips = len(data_samples)
        feats, clips = self.mix_frames(feats, len(feats[-1]) // num_clips)
        num_frames = clips.shape[2]
        if place is not None:
            one = feats[-1].unflatten(0, (num_clips, num_frames))[:, place]
            feats, num_frames = [one] * self.point_head.num_stacks, 1
        metas = [sample.metainfo for sample in data_samples]
        rows, keys = answered_frames(metas, num_frames, self.test_cfg)
        chosen = torch.from_numpy(rows).to(clips.device)
        maps = self.point_head.forward_last([each[chosen] for each in feats])
        frames = self.point_head.predict_by_feat(maps, self.test_cfg['max_per_frame'])
        found = collect_clips(frames, metas, keys, self.test_cfg)
        scores = self.classify(self.add_bank(clips, data_samples), found, size)
        for sample, instances, probability in zip(data_samples, found, scores):
            write_result(
                sample,
                instances,
                probability,
                self.test_cfg['box_format'],
                self.point_head.num_classes,
            )
        return maps

    def classify(
        self, clips: Tensor, found: Sequence[InstanceData], size: Sequence[int]
    ) -> List[Optional[Tensor]]:
        """Probabilities of the actions.

        Args:
            clips (Tensor): Features after the attention.
            found (Sequence[InstanceData]): Detections of each clip in pixels of
                the input: `bboxes` (P, 4), or (P, T, 4), of which the boxes in
                the middle of the clip are classified.
            size (Sequence[int]): H and W of the input in pixels.

        Shape:
            - clips: (B, C, T, h, w).
            - returns: for each clip (classes,); or (P, classes) if its actors
              are classified; or None without 3D head.
        """
        if self.cls_head is None:
            return [None] * len(found)
        feature = self.extract_clips(clips)
        if self.cls_head.cls_mode == 'clip':
            return list(self.cls_head.predict(feature))
        rois = []
        for clip, each in enumerate(found):
            boxes = each.bboxes
            if boxes.dim() == 3:
                boxes = boxes[:, boxes.shape[1] // 2]
            numbers = boxes.new_full((len(boxes), 1), float(clip))
            rois.append(torch.cat((numbers, boxes), 1))
        scores = self.cls_head.predict(feature, torch.cat(rois), (size[0], size[1]))
        return list(scores.split([len(each) for each in rois]))
