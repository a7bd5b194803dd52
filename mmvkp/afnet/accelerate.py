"""Fast functions of the blocks of AFNet; see `mmvkp.recognition.accelerate`."""

from itertools import groupby
from typing import Any, Iterator, Optional, Tuple

import torch
from torch import Tensor, nn

from ..recognition.accelerate import run_layers, run_shortcut
from ..recognition.conv_norm import channels_last, conv_norm
from ..recognition.fast_forward import accelerates, is_accelerated, untouched
from .ample_focal import AFStage
from .focal_unit import FocalUnit, ResidualUnit


@accelerates(ResidualUnit)
def _residual_unit(unit: Any, x: Tensor) -> Tensor:
    if unit.shortcut is None or not _ends_with_norm(unit.path):
        return ResidualUnit.forward(unit, x)
    added, own = run_shortcut(unit.shortcut, x, False)
    *layers, conv, norm = unit.path
    out = run_layers(layers, unit.shift(x), False)
    return conv_norm(conv, norm, out, added, unit.relu, own)


@accelerates(AFStage)
def _af_stage(
    stage: Any, x: Tensor, masks: Optional[Tensor] = None
) -> Tuple[Tensor, Tensor, Optional[Tensor]]:
    # Nothing but the next block gets the output of a focal block.
    hidden = bool(stage.ample) or untouched(*stage.navigation.modules())
    own = False

    def run(block: Any, x: Tensor, mask: Tensor, regions: Optional[Tensor]) -> Tensor:
        nonlocal own
        if is_accelerated(block) and untouched(block) and not block.training:
            out, own = _run_focal(block, x, mask, regions, stage.soft, own and hidden)
        else:
            out, own = block(x, mask, regions, stage.soft), False
        return out

    return stage.compute(x, masks, run)


@accelerates(FocalUnit)
def _focal_unit(
    unit: Any,
    x: Tensor,
    mask: Tensor,
    regions: Optional[Tensor] = None,
    soft: bool = False,
) -> Tensor:
    return _run_focal(unit, x, mask, regions, soft, False)[0]


def _run_focal(
    unit: Any, x: Tensor, mask: Tensor, regions: Optional[Tensor], soft: bool, own: bool
) -> Tuple[Tensor, bool]:
    """Run a focal block.

    Args:
        unit (FocalUnit): The block.
        x (Tensor): As for the block.
        mask (Tensor): As for the block.
        regions (Tensor, optional): As for the block.
        soft (bool): As for the block.
        own (bool): The input may be overwritten.

    Shape:
        - x: (B, C, H, W).
        - mask: (B).
        - regions: (B, 1, H', W').

    Returns:
        tuple[Tensor, bool]: The result, and if it may be overwritten.
    """
    if (
        soft
        or regions is not None
        or not unit.sparse_eval
        or unit.skipped != 'identity'
        or not _ends_with_norm(unit.path)
        or not bool(((mask == 0) | (mask == 1)).all())
    ):
        return FocalUnit.forward(unit, x, mask, regions, soft), False
    own = own and untouched(*unit.modules())
    base, own = run_shortcut(unit.shortcut, x, own)
    base = channels_last(base)
    index = mask.nonzero().flatten()
    *layers, conv, norm = unit.path
    if len(index) == len(x):
        out = run_layers(layers, unit.shift(x), False)
        return conv_norm(conv, norm, out, base, unit.relu, own), True
    rows = run_layers(layers, unit.selected(x, index), False) if len(index) else x
    out = base if own else base.clone(memory_format=torch.preserve_format)
    for frames, chosen in _runs(mask):
        part = out[frames]
        if chosen is None:
            if unit.relu:
                part.relu_()
            continue
        # In place, unless the convolution cannot.
        total = conv_norm(conv, norm, rows[chosen], part, unit.relu, True)
        if total.data_ptr() != part.data_ptr():
            part.copy_(total)
    return out, True


def _ends_with_norm(path: Any) -> bool:
    """True if a path ends with a convolution and a norm layer."""
    return (
        untouched(path)
        and len(path) > 1
        and isinstance(path[-2], nn.modules.conv._ConvNd)
        and isinstance(path[-1], nn.modules.batchnorm._BatchNorm)
    )


def _runs(mask: Tensor) -> Iterator[Tuple[slice, Optional[slice]]]:
    """Runs of frames that are all selected or all skipped.

    Shape:
        - mask: (B).

    Yields:
        tuple[slice, slice | None]: Frames, and their place among the selected frames
        or None.
    """
    start = selected = 0
    for chosen, run in groupby(mask.tolist()):
        stop = start + len(list(run))
        place = None
        if chosen:
            place = slice(selected, selected + stop - start)
            selected = place.stop
        yield slice(start, stop), place
        start = stop
