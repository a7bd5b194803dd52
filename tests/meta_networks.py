"""Networks without weights, to count with: quick, and of any size."""

import functools
import json
from contextlib import ExitStack
from unittest import mock

import torch
from mmaction.registry import MODELS
from mmengine.config import Config
from torch import nn

from mmvkp.recognition.complexity import count_macs


@functools.lru_cache(maxsize=None)
def network(model: str) -> nn.Module:
    """Build a model from its config, as JSON; many recipes share one."""
    with torch.device('meta'):
        return MODELS.build(Config(json.loads(model))).eval()


def macs_of_clip(built: nn.Module, frames: int, channels: int, size: int) -> int:
    """MACs of one clip through a network of `network`.

    Values are looked at by what chooses points, unless a network is exported,
    and autocast knows no tensors without values: both are kept away.
    """
    clip = torch.empty(1, frames, channels, size, size, device='meta')
    with ExitStack() as stack:
        stack.enter_context(
            mock.patch('torch.onnx.is_in_onnx_export', return_value=True)
        )
        stack.enter_context(mock.patch('torch.autocast'))
        return count_macs(built, clip, stage='head')


def macs_of_detector(built: nn.Module, frames: int, size: int) -> int:
    """MACs of one clip through a Point3D of `network`, all frames new.

    Where it classifies actors, those of the 3D network are counted and those
    of each actor, as there are no boxes, are not.
    """
    clip = torch.empty(1, 3, frames, size, size, device='meta')
    with torch.no_grad():
        total = count_macs(built, clip)
        if built.cls_head is not None and built.cls_head.cls_mode == 'actor':
            feats = built.extract_frames(clip[:, :, 0])
            mixed = feats[-1].new_empty(
                1, feats[-1].shape[1], frames, *feats[-1].shape[2:]
            )
            total += count_macs(built.clip_backbone, mixed)
    return total
