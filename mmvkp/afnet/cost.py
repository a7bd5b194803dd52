"""MACs of a network that skips frames: a fixed and a focal part."""

import copy
from typing import Any, Dict, List, NamedTuple, Sequence, Tuple

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode
from torch.utils.hooks import RemovableHandle

from .base import AFBackbone
from .focal_unit import FocalUnit


class SelectionLaw(NamedTuple):
    """MACs of one video as a function of the selection ratios.

    Args:
        fixed (int): MACs of every video, including the head.
        focal (tuple[int, ...]): MACs of the path of each focal block if it computes
            every frame, M values.
        per_frame_head (int): Additional MACs if every frame were classified. The
            paper counts these; `FrameSelectionNeck` averages before the classifier,
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
        """MACs of a video if every block computes the same share of frames."""
        return self.macs([ratio] * len(self.focal))


def weightless_copy(model: nn.Module) -> nn.Module:
    """Copy a network to the meta device, where counting MACs is fast.

    Args:
        model (nn.Module): Recognizer with an AFNet backbone.

    Returns:
        nn.Module: The copy in eval mode, without hooks; it computes all frames.
    """
    memo: Dict[int, Tensor] = {
        id(each): nn.Parameter(
            each.detach().to('meta'), requires_grad=each.requires_grad
        )
        for each in model.parameters()
    }
    memo.update({id(each): each.to('meta') for each in model.buffers()})
    clone = copy.deepcopy(model, memo)
    for module in clone.modules():
        # The hooks of a running test would record this copy.
        module._forward_hooks.clear()
        if isinstance(module, FocalUnit):
            module.sparse_eval = False
    return clone.eval()


@torch.no_grad()
def _count_part(
    part: nn.Module, counter: FlopCounterMode, counts: List[int], index: int
) -> Tuple[RemovableHandle, RemovableHandle]:
    """Add the MACs of a module to `counts[index]` when it runs.

    The counts by module of `FlopCounterMode` depend on the version of torch.
    """

    def before(*_: Any) -> None:
        counts[index] -= counter.get_total_flops() // 2

    def after(*_: Any) -> None:
        counts[index] += counter.get_total_flops() // 2

    return part.register_forward_pre_hook(before), part.register_forward_hook(after)


def measure_law(model: nn.Module, shape: Sequence[int]) -> SelectionLaw:
    """Count the MACs of a video, separately for the focal blocks.

    Args:
        model (nn.Module): Result of `weightless_copy`.
        shape (Sequence[int]): (V * T, C, H, W) of one video.

    Raises:
        ValueError: If the backbone does not select frames.
    """
    backbone = getattr(model, 'backbone', None)
    if not isinstance(backbone, AFBackbone):
        raise ValueError(
            f'the backbone is a {type(backbone).__name__}, which does not select '
            'frames; give a model with AFResNet or AFMobileNetV3.'
        )
    counter = FlopCounterMode(display=False)
    units = [each for each in backbone.modules() if isinstance(each, FocalUnit)]
    focal = [0] * len(units)
    handles = [
        handle
        for index, unit in enumerate(units)
        for handle in _count_part(unit.path, counter, focal, index)
    ]
    with counter:
        model(torch.empty((1, *shape), device='meta'), stage='head')
    for handle in handles:
        handle.remove()
    total = counter.get_total_flops() // 2
    head = getattr(model.cls_head, 'fc_cls', None)
    views = shape[0] // backbone.num_segments
    once = head.weight.numel() if isinstance(head, nn.Linear) else 0
    return SelectionLaw(total - sum(focal), tuple(focal), once * (shape[0] - views))
