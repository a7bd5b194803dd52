"""MACs of a network that skips frames: fixed part and focal part."""

import copy
from typing import NamedTuple, Sequence, Tuple

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from .base import AFBackbone
from .focal_unit import FocalUnit


class SelectionLaw(NamedTuple):
    """MACs of one video as a function of the frames that are kept.

    Args:
        fixed (int): MACs that every video costs, head included.
        focal (tuple[int, ...]): MACs of the path of each focal block when it
            computes every frame, M values.
        per_frame_head (int): MACs that a classification of every frame would
            add. The paper counts it; `FrameSelectionNeck` averages first,
            with the same result.
    """

    fixed: int
    focal: Tuple[int, ...]
    per_frame_head: int

    def macs(self, kept: Sequence[float]) -> float:
        """MACs of a video.

        Args:
            kept (Sequence[float]): Share of frames that each focal block
                computes, M values in [0, 1].
        """
        return self.fixed + sum(a * b for a, b in zip(self.focal, kept))

    def at(self, ratio: float) -> float:
        """MACs of a video of which every block computes the same share."""
        return self.macs([ratio] * len(self.focal))


def weightless_copy(model: nn.Module) -> nn.Module:
    """Copy of a network without numbers, which costs nothing to run.

    Args:
        model (nn.Module): A recognizer with a backbone that selects frames.

    Returns:
        nn.Module: The copy, on the meta device, in eval mode, with all
        frames computed.
    """
    memo = {
        id(each): nn.Parameter(
            each.detach().to('meta'), requires_grad=each.requires_grad
        )
        for each in model.parameters()
    }
    memo.update({id(each): each.to('meta') for each in model.buffers()})
    clone = copy.deepcopy(model, memo)
    for module in clone.modules():
        # Hooks of a test that is under way have no business here.
        module._forward_hooks.clear()
        if isinstance(module, FocalUnit):
            module.sparse_eval = False
    return clone.eval()


@torch.no_grad()
def measure_law(model: nn.Module, shape: Sequence[int]) -> SelectionLaw:
    """Count the MACs of a video, focal blocks apart.

    Args:
        model (nn.Module): What `weightless_copy` gives.
        shape (Sequence[int]): (V * T, C, H, W) of one video.

    Raises:
        ValueError: If the backbone does not select frames.
    """
    backbone = getattr(model, 'backbone', None)
    if not isinstance(backbone, AFBackbone):
        raise ValueError(
            f'The backbone is a {type(backbone).__name__}, which selects no '
            'frames; give a model with AFResNet or AFMobileNetV3.'
        )
    counter = FlopCounterMode(display=False)
    with counter:
        model(torch.empty((1, *shape), device='meta'), stage='head')
    counts = {
        name.split('.', 1)[-1]: sum(each.values()) // 2
        for name, each in counter.get_flop_counts().items()
    }
    focal = tuple(
        counts[f'backbone.{name}.path']
        for name, module in backbone.named_modules()
        if isinstance(module, FocalUnit)
    )
    head = getattr(model.cls_head, 'fc_cls', None)
    views = shape[0] // backbone.num_segments
    once = head.weight.numel() if isinstance(head, nn.Linear) else 0
    return SelectionLaw(counts['Global'] - sum(focal), focal, once * (shape[0] - views))
