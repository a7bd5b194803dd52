"""Point3D: actors as moving points, their action by a 3D network."""

from typing import Dict, List, Sequence, Tuple, Union

import torch
from mmaction.registry import MODELS
from mmaction.utils import ConfigType, OptConfigType, SampleList
from mmengine.model import BaseModel
from torch import Tensor

from ..checks import build_mmdet, check_choice, check_feature_map
from .results import collect_results, merge_result_cfg

# Networks that halve the frames and double them again round their size up to
# a multiple of this, at most.
_LARGEST_STRIDE = 64


@MODELS.register_module()
class Point3D(BaseModel):
    """Anchor-free detector of actions in clips.

    A 2D network computes features of each frame; the Point Head finds centres
    and joints of actors in them. Time-wise attention mixes the features of
    the frames of a clip, and a 3D network tells the action.

    Args:
        backbone (dict): 2D network of a frame: `mmdet.HourglassNet`, or any
            other that ends, with ``neck``, in maps of a stride of 4.
        point_head (dict): `Point3DHead`.
        neck (dict, optional): Between both, e.g. `mmdet.CTResNetNeck`.
        twa (dict, optional): `TimeWiseAttention`. None for the rows of Table
            3 without it.
        clip_backbone (dict, optional): 3D network that takes (B, C, T, h, w):
            `ResNeXt3d`, or MMAction2's `ResNet3d` with ``in_channels=C``.
        cls_head (dict, optional): `Point3DClsHead`. None, with no
            ``clip_backbone``, leaves out the 3D Head (Table 3): then
            ``num_classes`` of the Point Head is that of the data.
        point_input (str): ``'frame'``: the Point Head sees the features of
            the frame alone, as section 3.4 has it; ``'twa'``: those behind
            the attention (row "CP+KP+TWA" of Table 3).
        detach_cls (bool): Keep the gradient of the 3D Head out of the 2D
            network. The paper trains end to end.
        loss_weights (dict, optional): ``loc`` and ``cls``, lambda_loc and
            lambda_cls of section 3.6; 1 each, which the paper does not state.
        test_cfg (dict, optional): See `collect_results`.
        data_preprocessor (dict, optional): `ActionDataPreprocessor` with
            ``format_shape='NCTHW'``.
        init_cfg (dict, optional): Initialisation as in MMEngine.

    Shape:
        - inputs: (B, 3, T, H, W), H and W multiples of the networks' strides.
        - returns: losses; or samples with ``pred_instances``, see
          `collect_results`; in mode ``'tensor'`` the maps of the Point Head
          for B * T frames and the logits (B, classes) of the clips (with
          actors there are none without boxes).

    Raises:
        TypeError: If a number is none.
        ValueError: If options are not known or do not fit each other; at run
            time if the input or the maps of a network are not as above.

    Source: "Point3D: tracking actions as moving points with 3D CNNs", Mo et
    al.; the paper gives no code.
    """

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
        init_cfg: OptConfigType = None,
    ) -> None:
        super().__init__(data_preprocessor, init_cfg)
        check_choice('Point3D', 'point_input', point_input, ('frame', 'twa'))
        if (clip_backbone is None) != (cls_head is None) or (
            point_input == 'twa' and twa is None
        ):
            raise ValueError(
                'Point3D: clip_backbone and cls_head go together, and '
                "point_input='twa' needs twa; give both, or neither."
            )
        self.loss_weights = dict(dict(loc=1.0, cls=1.0), **(loss_weights or {}))
        if set(self.loss_weights) != {'loc', 'cls'}:
            raise ValueError(
                f'Point3D: loss_weights={dict(loss_weights)} has '
                "other keys than 'loc' and 'cls'."
            )
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
        )
        for name, cfg in parts.items():
            setattr(self, name, None if cfg is None else build_mmdet('Point3D', cfg))
        self._check_heads()

    def _check_heads(self) -> None:
        """Refuse a Point Head that does not fit the rest."""
        head = self.point_head
        if self.cls_head is not None and head.num_classes > 1:
            raise ValueError(
                f'Point3D: the point_head has num_classes={head.num_classes}, '
                'but the cls_head tells the classes; set num_classes=1, or '
                'leave out clip_backbone and cls_head.'
            )
        if self.point_input == 'twa' and head.num_stacks > 1:
            raise ValueError(
                f'Point3D: the point_head has num_stacks={head.num_stacks}, '
                "but point_input='twa' gives it one feature, that behind the "
                'attention; set num_stacks=1.'
            )

    def extract_frames(self, frames: Tensor) -> List[Tensor]:
        """Features of frames, each for itself.

        Shape:
            - frames: (F, 3, H, W), normalised.
            - returns: maps (F, C, h, w), one for each stack of the network.
        """
        if frames.device.type == 'cpu':
            # The order in which oneDNN computes: it need not reorder the
            # maps around each convolution.
            frames = frames.contiguous(memory_format=torch.channels_last)
        feats = self.backbone(frames)
        if self.neck is not None:
            feats = self.neck(feats)
        return [feats] if isinstance(feats, Tensor) else list(feats)

    def mix_frames(
        self, feats: Sequence[Tensor], num_frames: int
    ) -> Tuple[List[Tensor], Tensor]:
        """Attention along the frames of each clip.

        Args:
            feats (Sequence[Tensor]): As `extract_frames` returns them.
            num_frames (int): T.

        Shape:
            - returns: what the Point Head takes, maps (B * T, C, h, w), and
              what the 3D network takes, (B, C, T, h, w).
        """
        clips = feats[-1].unflatten(0, (-1, num_frames)).transpose(1, 2)
        if self.twa is not None:
            clips = self.twa(clips)
        if self.point_input == 'twa':
            feats = [clips.transpose(1, 2).flatten(0, 1)]
        return list(feats), clips

    def extract_clips(self, clips: Tensor) -> Tensor:
        """Features of whole clips, for the ``cls_head``.

        Shape:
            - clips: (B, C, T, h, w), behind the attention.
            - returns: (B, C', T', h', w').
        """
        feature = self.clip_backbone(clips)
        if not isinstance(feature, (list, tuple)):
            return feature
        if len(feature) != 1:
            raise ValueError(
                f'Point3D: clip_backbone gives {len(feature)} maps, the '
                'cls_head takes one; set out_indices of the clip_backbone to '
                'its last stage.'
            )
        return feature[0]

    def _check_stride(self, feature: Tensor, size: Tuple[int, int]) -> None:
        """Refuse maps that the Point Head would take for others."""
        stride = self.point_head.stride
        for side, cells in zip(size, feature.shape[2:]):
            if not side <= cells * stride < side + _LARGEST_STRIDE:
                raise ValueError(
                    f'Point3D: frames of {size[1]} x {size[0]} pixels give '
                    f'maps of {feature.shape[3]} x {feature.shape[2]} cells, '
                    f'but the stride of the point_head is {stride}. Choose a '
                    'backbone and a neck with that stride, and frames whose '
                    'sides it divides.'
                )

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
        feats = self.extract_frames(inputs.transpose(1, 2).flatten(0, 1))
        self._check_stride(feats[-1], inputs.shape[3:])
        feats, clips = self.mix_frames(feats, inputs.shape[2])
        if mode == 'loss':
            return self.loss(feats, clips, data_samples, inputs.shape[3:])
        if mode == 'predict':
            return collect_results(self, feats, clips, data_samples, inputs.shape[3:])
        scores = None
        if self.cls_head is not None and self.cls_head.cls_mode == 'clip':
            scores = self.cls_head(self.extract_clips(clips))
        return self.point_head.forward_last(feats), scores

    def loss(
        self,
        feats: Sequence[Tensor],
        clips: Tensor,
        data_samples: SampleList,
        size: Tuple[int, int],
    ) -> Dict:
        """Losses of both heads (section 3.6).

        Args:
            feats (Sequence[Tensor]): As `mix_frames` returns them.
            clips (Tensor): Likewise.
            data_samples (list): B samples with ``gt_instances``.
            size (tuple[int, int]): H and W of the input in pixels.

        Returns:
            dict: Those of the Point Head and ``loss_cls``.
        """
        gts = [sample.gt_instances for sample in data_samples]
        metas = [sample.metainfo for sample in data_samples]
        losses = self.point_head.loss_by_feat(self.point_head(feats), gts, metas)
        weights = dict.fromkeys(losses, self.loss_weights['loc'])
        if self.cls_head is not None:
            clips = clips.detach() if self.detach_cls else clips
            losses.update(
                self.cls_head.loss(self.extract_clips(clips), gts, metas, tuple(size))
            )
            weights['loss_cls'] = self.loss_weights['cls']
        return {name: value * weights.get(name, 1) for name, value in losses.items()}
