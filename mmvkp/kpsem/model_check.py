"""Checks of a recognizer with KPSEM: backbone and head."""

from typing import Any, Tuple

from mmaction.models.backbones import ResNet3dSlowFast
from mmaction.models.heads import SlowFastHead, TRNHead, TSMHead
from mmaction.models.recognizers import BaseRecognizer
from torch import Tensor, nn


def check_recognizer(model: nn.Module) -> None:
    """Refuse backbones and heads that do not work with KPSEM.

    The channels of the head are compared with the feature at each call of the head,
    because they depend on the length of the clips.

    Args:
        model (nn.Module): Model whose neck is KPSEM.

    Raises:
        TypeError: If the model is not a recognizer.
        ValueError: If the backbone has two pathways, or the head regroups frames.
    """
    if not isinstance(model, BaseRecognizer):
        raise TypeError(
            f'{type(model).__name__}: KPSEM is a neck of recognizers, because it '
            'returns one vector per clip instead of maps; use a Recognizer2D or '
            'Recognizer3D, or remove the neck.'
        )
    if isinstance(model.backbone, ResNet3dSlowFast):
        raise ValueError(
            'KPSEM: ResNet3dSlowFast returns its two pathways, not two stages of one '
            'network, so one pathway would be ignored; choose ResNet3dSlowOnly or '
            'another backbone with out_indices.'
        )
    head = getattr(model, 'cls_head', None)
    if head is None:
        return
    name = type(head).__name__
    if isinstance(head, (SlowFastHead, TRNHead)):
        stock = 'TSNHead' if isinstance(head, TRNHead) else 'I3DHead'
        raise ValueError(
            f'{name} needs one feature per frame or pathway, but KPSEM returns one '
            f'feature per clip; choose {stock}.'
        )
    if isinstance(head, TSMHead) and head.num_segments != 1:
        raise ValueError(
            f'{name}: num_segments={head.num_segments} regroups the features of '
            'frames, but KPSEM returns one feature per clip; set num_segments=1 in '
            'cls_head (KPSEM(num_segments=...) stays).'
        )
    if check_channels not in head._forward_pre_hooks.values():
        head.register_forward_pre_hook(check_channels)


def check_channels(head: nn.Module, args: Tuple[Any, ...]) -> None:
    """Compare the channels of KPSEM's feature with the head's.

    Args:
        head (nn.Module): Head with `in_channels`.
        args (tuple): Positional inputs of the head, the feature first.

    Shape:
        - args[0]: (N, C, 1, 1, 1).

    Raises:
        ValueError: If the numbers differ.
    """
    expected = getattr(head, 'in_channels', None)
    if not args or not isinstance(args[0], Tensor) or not isinstance(expected, int):
        return
    given = args[0].shape[1]
    if given != expected:
        raise ValueError(
            f'{type(head).__name__}: in_channels={expected}, but the feature of KPSEM '
            f'has {given} channels: those of the pooled map, and in_channels // 4 of '
            'KPSEM for each frame of its map except the last. Keep the length of the '
            f'clips as in the training and set in_channels={given} in cls_head.'
        )
