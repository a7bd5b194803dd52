"""State of tracing and export."""

import warnings
from functools import lru_cache
from typing import Callable

import torch
from torch import Tensor

from ..compat import is_compiling

# torch 2.7 and later tell an export from torch.compile. Before, both count as an
# export: the result is the same, and torch.compile saves no time.
_exported: Callable[[], bool] = getattr(torch.compiler, 'is_exporting', is_compiling)


def is_exporting() -> bool:
    """True while `torch.jit.trace`, `torch.export` or an ONNX export runs.

    They record the operations of one input. A module whose operations depend on the
    values of a tensor must then use operations that are right for all inputs, or raise
    an error.
    """
    return torch.jit.is_tracing() or torch.onnx.is_in_onnx_export() or _exported()


def keep_traced_size(x: Tensor, owner: str) -> Tensor:
    """Make a trace refuse maps of another size, which is a constant in it.

    Args:
        x (Tensor): Map.
        owner (str): Module, for the message.

    Shape:
        - x: (..., H, W).
        - returns: `x`.
    """
    if not torch.jit.is_tracing() or torch.onnx.is_in_onnx_export():
        return x
    return _scripted_check()(x, int(x.shape[-2]), int(x.shape[-1]), owner)


@lru_cache(maxsize=1)
def _scripted_check() -> Callable[[Tensor, int, int, str], Tensor]:
    """Compile the check: a trace keeps the condition of a scripted function."""
    with warnings.catch_warnings():
        warnings.simplefilter('ignore', DeprecationWarning)
        return torch.jit.script(_check_size)


def _check_size(x: Tensor, height: int, width: int, owner: str) -> Tensor:
    if x.shape[-2] != height or x.shape[-1] != width:
        raise ValueError(
            f'{owner}: this trace accepts one size of frames only; trace the model '
            f'again for a map of {x.shape[-2]} x {x.shape[-1]} cells, which was '
            f'traced with {height} x {width}.'
        )
    return x
