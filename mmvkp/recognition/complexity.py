"""Counts of parameters and of multiply-accumulates (MACs)."""

from typing import Any

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode


def count_parameters(model: nn.Module) -> int:
    """Count the numbers that training can change.

    Args:
        model (nn.Module): Any module.

    Returns:
        int: Sum of the sizes of all parameters; buffers do not count.
    """
    return sum(p.numel() for p in model.parameters())


@torch.no_grad()
def count_macs(model: nn.Module, *inputs: Any, **kwargs: Any) -> int:
    """Count the MACs of one forward pass, as it is really run.

    Convolutions, linear layers and matrix products count; normalisation,
    activation, pooling and element-wise arithmetic do not. One MAC is half
    of the two FLOPs that torch's counter gives it.

    Args:
        model (nn.Module): Any module; its mode (train or eval) is kept.
        *inputs (Any): What ``forward`` is called with.
        **kwargs (Any): What ``forward`` is called with by name.

    Returns:
        int: MACs of the whole batch.
    """
    counter = FlopCounterMode(display=False)
    with counter:
        model(*inputs, **kwargs)
    return counter.get_total_flops() // 2
