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
