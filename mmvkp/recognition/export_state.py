"""State of tracing and export."""

from typing import Callable

import torch

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
