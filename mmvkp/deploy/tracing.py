"""ONNX graphs of torch modules."""

import importlib.util
import logging
from contextlib import contextmanager
from typing import Any, Dict, Iterator, Optional, Sequence

import numpy as np
import torch
from torch import nn

from ..aknet.tail import row_tails

_PACKAGES = ('onnx', 'onnxruntime', 'onnxscript')


def check_packages() -> None:
    """Refuse an export without its packages.

    Raises:
        ImportError: If one is missing.
    """
    missing = [each for each in _PACKAGES if importlib.util.find_spec(each) is None]
    if missing:
        raise ImportError(
            f'export: {", ".join(missing)} missing; install the extra `deploy` (pip '
            f'install {" ".join(missing)}).'
        )


@contextmanager
def preparing(graph: nn.Module) -> Iterator[None]:
    """Prepare the export of a module.

    Modules with faster counterparts in ONNX Runtime are replaced, and the exporter's
    warnings about torchvision, which is not needed, are hidden.

    Args:
        graph (nn.Module): Module in eval mode; restored at the end.
    """
    logger = logging.getLogger('torch.onnx._internal.exporter._registration')
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with row_tails(graph):
            yield
    finally:
        logger.setLevel(level)


def trace_graph(
    graph: nn.Module,
    examples: Dict[str, np.ndarray],
    names: Sequence[str],
    batch: Optional[int],
) -> Any:
    """Export a module.

    Args:
        graph (nn.Module): Module in eval mode that returns a tuple of tensors.
        examples (dict[str, np.ndarray]): Its inputs by name, in their order.
        names (Sequence[str]): Names of its outputs.
        batch (int, optional): Fixed number N of samples, or None for any number.

    Shape:
        - examples: (V, ...) each, V of any size.

    Returns:
        torch.onnx.ONNXProgram: The graph.

    Raises:
        ValueError: If torch cannot export it.
    """
    # A batch of one would be recorded as a constant.
    inputs = tuple(
        torch.from_numpy(np.resize(each, (batch or 2, *each.shape[1:])))
        for each in examples.values()
    )
    views = torch.export.Dim('views', min=1)
    shapes = None if batch else tuple({0: views} for _ in inputs)
    try:
        with preparing(graph), torch.no_grad():
            # Not an ExportedProgram: networks choose operations that ONNX has.
            return torch.onnx.export(
                graph,
                inputs,
                dynamo=True,
                dynamic_shapes=shapes,
                input_names=list(examples),
                output_names=list(names),
                verbose=False,
            )
    except Exception as error:  # torch documents no classes of its errors
        text = ' '.join(str(error).split())[:500]
        raise ValueError(
            f'export: torch {torch.__version__} cannot export this model '
            f'({type(error).__name__}: {text}); try --batch 1.'
        ) from error
