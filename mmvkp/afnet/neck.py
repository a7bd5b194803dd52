"""Neck that computes the loss of the masks and averages the frames."""

from typing import Dict, List, Optional, Sequence, Tuple

from mmaction.models.heads import TRNHead, TSMHead
from mmaction.registry import MODELS
from mmaction.utils import OptConfigType, OptSampleList
from mmengine.model import BaseModule
from torch import Tensor, nn

from ..build import build_module
from ..checks import check_feature_map, check_flag, check_positive

_BACKBONE_NEEDED = (
    'The input of FrameSelectionNeck is the output of AFResNet or '
    'AFMobileNetV3: maps, then masks. Set one of them as backbone, or remove the neck: '
    'other networks do not select frames.'
)


@MODELS.register_module()
class FrameSelectionNeck(BaseModule):
    """Neck of `AFResNet` and `AFMobileNetV3` in a `Recognizer2D`.

    It passes the masks to `SelectionRatioLoss` and averages the features of the frames
    of a view. A linear classifier of the mean feature returns the mean of the
    predictions of the frames (section 3.4). Use `TSNHead` or `TSMHead(num_segments=1)`
    after it.

    Args:
        num_segments (int): Frames T per view.
        ratio_loss (dict, optional): Loss of the masks of frames. None for soft
            weights, fixed policies and networks that compute every frame.
        spatial_loss (dict, optional): Loss of the masks of regions, for a backbone
            with `spatial_cfg`.
        with_regions (bool): The input includes masks of regions; implied by
            `spatial_loss`. Set it for fixed cells.
        neck (dict, optional): Another neck (`KPSEM`) that replaces the mean; a
            recognizer has only one neck.
        log_blocks (bool): Log the share of frames kept per focal block, in addition to
            the mean of all blocks.
        init_cfg (dict, optional): Initialization as in MMEngine.

    Shape:
        - x: maps (N, C_i, V * T, H_i, W_i); with `spatial_cfg` masks of regions
          (N, M, V * T, g, g); last masks (N, M, V * T).
        - returns: ((N * V, C, 1, h, w), losses), the mean of the last map, or the
          output of the inner neck. In training the losses are `loss_ratio` and
          `loss_region_ratio`, and for the log `kept_ratio`, `kept_ratio_{n}` of block
          n, from 0, and `kept_region_ratio`; in eval the dict is empty.

    Raises:
        TypeError: If a number is not an integer, or a map is not a tensor.
        ValueError: If T is not a multiple of `num_segments`, or the input does not
            consist of maps and masks, or a loss has no masks.
        KeyError: If the inner neck returns a loss of the same name.

    Source: "Look More but Care Less in Video Recognition", arXiv 2211.09992,
    sections 3.3 and 3.4.
    """

    def __init__(
        self,
        num_segments: int,
        ratio_loss: OptConfigType = None,
        spatial_loss: OptConfigType = None,
        with_regions: bool = False,
        neck: OptConfigType = None,
        log_blocks: bool = True,
        init_cfg: OptConfigType = None,
    ) -> None:
        super().__init__(init_cfg=init_cfg)
        check_positive('FrameSelectionNeck', num_segments=num_segments)
        check_flag(
            'FrameSelectionNeck', with_regions=with_regions, log_blocks=log_blocks
        )
        self.num_segments = num_segments
        self.ratio_loss = _build('ratio_loss', ratio_loss)
        self.spatial_loss = _build('spatial_loss', spatial_loss)
        self.with_regions = with_regions or self.spatial_loss is not None
        self.neck = _build('neck', neck)
        self.log_blocks = log_blocks

    def check_model(self, model: nn.Module) -> None:
        """Refuse a model whose head regroups the frames.

        Args:
            model (nn.Module): Model with this neck.

        Raises:
            ValueError: If the head does not take one feature per view.
        """
        inner = getattr(self.neck, 'check_model', None)
        if inner is not None:
            inner(model)
        head = getattr(model, 'cls_head', None)
        name = type(head).__name__
        if isinstance(head, TRNHead):
            raise ValueError(
                f'{name} needs one feature per frame, but FrameSelectionNeck returns '
                'the mean of a view; choose TSNHead.'
            )
        if isinstance(head, TSMHead) and head.num_segments != 1:
            raise ValueError(
                f'{name}: num_segments={head.num_segments} regroups frames, but '
                'FrameSelectionNeck returns their mean; set num_segments=1 in cls_head.'
            )

    def split(
        self, x: Sequence[Tensor]
    ) -> Tuple[List[Tensor], Optional[Tensor], Tensor]:
        """Split the input into maps, masks of regions and masks of frames.

        Shape:
            - x: As for the class.
            - returns: Maps, masks (N, M, V * T, g, g) or None, masks (N, M, V * T).
        """
        if (
            not isinstance(x, (list, tuple))
            or len(x) < 2
            or not isinstance(x[-1], Tensor)
            or x[-1].dim() != 3
        ):
            maps = x if isinstance(x, (list, tuple)) else [x]
            shapes = [
                tuple(each.shape) if isinstance(each, Tensor) else type(each).__name__
                for each in maps
            ]
            raise ValueError(
                'FrameSelectionNeck: the last output of the backbone must be '
                f'masks (N, M, T); the shapes are {shapes}. {_BACKBONE_NEEDED}'
            )
        *maps, masks = x
        regions = None
        if self.with_regions:
            *maps, regions = maps
            if not maps or regions.shape[1:3] != masks.shape[1:3]:
                raise ValueError(
                    'FrameSelectionNeck: masks of regions (N, M, T, g, g) are '
                    f'needed, the shape is {tuple(regions.shape)}; set '
                    'spatial_cfg of the backbone, or remove spatial_loss and '
                    'with_regions.'
                )
        elif len(maps) > 1 and maps[-1].shape[1:3] == masks.shape[1:3]:
            # The masks would be averaged and classified like a map.
            raise ValueError(
                'FrameSelectionNeck: the backbone returns masks of regions of '
                f'shape {tuple(maps[-1].shape)}; set spatial_loss, or '
                'with_regions=True for fixed regions.'
            )
        for each in maps:
            check_feature_map('FrameSelectionNeck', 'a map', each, 0, _BACKBONE_NEEDED)
        if masks.shape[2] % self.num_segments:
            raise ValueError(
                f'FrameSelectionNeck: T={masks.shape[2]} cannot be split '
                f'into views of num_segments={self.num_segments} frames; set '
                'it to num_segments of the backbone.'
            )
        return maps, regions, masks

    def losses(self, masks: Tensor, regions: Optional[Tensor]) -> dict:
        """Compute the losses and the logged shares.

        Shape:
            - masks: (N, M, T).
            - regions: (N, M, T, g, g) or None.
        """
        kept = masks.detach().mean((0, 2))
        result: Dict[str, Tensor] = dict(kept_ratio=kept.mean())
        if self.log_blocks:
            result.update({f'kept_ratio_{n}': each for n, each in enumerate(kept)})
        if self.ratio_loss is not None:
            result['loss_ratio'] = self.ratio_loss(masks)
        if regions is not None:
            if self.spatial_loss is not None:
                result['loss_region_ratio'] = self.spatial_loss(regions)
            result['kept_region_ratio'] = regions.detach().mean()
        return result

    def forward(
        self, x: Sequence[Tensor], data_samples: OptSampleList = None
    ) -> Tuple[Tensor, dict]:
        """Average the frames; shapes as for the class.

        Args:
            x (Sequence[Tensor]): Maps and masks of the backbone.
            data_samples (list, optional): Passed to an inner neck.
        """
        maps, regions, masks = self.split(x)
        result = self.losses(masks, regions) if self.training else {}
        if self.neck is None:
            feature = maps[-1]
            feature = feature.unflatten(2, (-1, self.num_segments)).mean(3)
            feature = feature.transpose(1, 2).flatten(0, 1)[:, :, None]
        else:
            feature, inner = self.neck(maps, data_samples=data_samples)
            both = sorted(set(inner) & set(result))
            if both:
                raise KeyError(
                    f'FrameSelectionNeck: the inner neck returns {both}; these names '
                    'are used by FrameSelectionNeck.'
                )
            result.update(inner)
        return feature, result


def _build(name: str, cfg: OptConfigType) -> Optional[BaseModule]:
    """Build a module; None stays None."""
    return None if cfg is None else build_module('FrameSelectionNeck', name, cfg)
