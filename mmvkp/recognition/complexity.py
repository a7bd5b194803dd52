"""Counts of parameters and of multiply-accumulates (MACs)."""

from typing import Any

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode


def count_parameters(model: nn.Module) -> int:
    """Count parameters.

    Args:
        model (nn.Module): Any module.

    Returns:
        int: Number of elements of all parameters, without buffers.
    """
    return sum(p.numel() for p in model.parameters())


def count_test_parameters(model: nn.Module) -> int:
    """Count the parameters of a recognizer or detector that a test uses.

    Auxiliary heads, and the heads of all but the last stack of a `Point3D`, only help
    in training.

    Args:
        model (nn.Module): Recognizer or detector of MMAction2.

    Returns:
        int: Number of elements of the other parameters.
    """
    helpers = [getattr(getattr(model, 'cls_head', None), 'aux_head', None)]
    stacks = getattr(getattr(model, 'point_head', None), 'stacks', None)
    if stacks is not None:
        helpers.append(stacks[:-1])
    unused = sum(count_parameters(each) for each in helpers if each is not None)
    return count_parameters(model) - unused


@torch.no_grad()
def count_macs(model: nn.Module, *inputs: Any, **kwargs: Any) -> int:
    """Count the MACs of one forward pass while it runs.

    Convolutions, linear layers and matrix products are counted; normalisation,
    activation, pooling and element-wise arithmetic are not. Torch's counter counts
    two FLOPs per MAC.

    Args:
        model (nn.Module): Any module; its mode (train or eval) is kept.
        *inputs (Any): Positional arguments of `forward`.
        **kwargs (Any): Keyword arguments of `forward`.

    Returns:
        int: MACs of the whole batch.
    """
    counter = FlopCounterMode(display=False)
    with counter:
        model(*inputs, **kwargs)
    return counter.get_total_flops() // 2
