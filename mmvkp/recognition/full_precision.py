"""Parts of a network that are not computed in half precision."""

from contextlib import nullcontext
from typing import ContextManager

import torch
from torch import Tensor


def full_precision(x: Tensor) -> ContextManager[object]:
    """Context without autocast on the device of a tensor.

    Meta tensors, on which MACs are counted, have no autocast, and torch refuses to
    disable it.

    Args:
        x (Tensor): Any tensor. Shape: any.
    """
    if x.is_meta:
        return nullcontext()
    return torch.autocast(x.device.type, enabled=False)
