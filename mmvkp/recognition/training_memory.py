"""Memory of a training step, counted on the meta device.

All operators of a forward and a backward pass run with shapes only. The size of each
storage is added when it is made and subtracted when it is released, as in an
allocator without rounding. Not counted: work space of convolutions, fragmentation,
the context of the GPU (about 0.5 GiB), losses and optimiser steps.
"""

import copy
import weakref
from contextlib import ExitStack, nullcontext
from typing import Any, Callable, Dict, NamedTuple, Optional, Sequence, Tuple
from unittest import mock

import torch
from mmengine.optim import OptimWrapperDict, build_optim_wrapper
from mmengine.registry import init_default_scope
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten, tree_map
from torch.utils.weak import WeakIdKeyDictionary

from .activation_checkpoint_hook import checkpoint_activations
from .clip_cost import weightless
from .loading import load_config

GIB = 2**30
# Batches of which a straight line through their peaks is used for all batches. With
# fewer clips the peak can be at another place of the step.
_BATCHES = (8, 16)
# Functions in half and in single precision under autocast on a GPU, as far as our
# networks use them; all others keep the type of their input.
_HALF = (
    (F, ('conv1d', 'conv2d', 'conv3d', 'conv_transpose2d', 'linear')),
    (torch, ('matmul', 'bmm', 'mm')),
    (Tensor, ('matmul', 'bmm', 'mm', '__matmul__')),
)
_SINGLE = ((F, ('softmax', 'normalize')), (torch, ('softmax',)), (Tensor, ('softmax',)))


class LiveMemory(TorchDispatchMode):
    """Count the bytes of all storages that are made inside this context.

    Attributes:
        live (int): Bytes that have not been released.
        peak (int): Largest value of `live`.
    """

    def __init__(self) -> None:
        super().__init__()
        self.live = self.peak = 0
        self._seen = WeakIdKeyDictionary()

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Tuple = (), kwargs: Optional[Dict] = None
    ) -> Any:
        """Run an operator and add the new storages of its outputs."""
        out = func(*args, **(kwargs or {}))
        for each in tree_flatten(out)[0]:
            if isinstance(each, Tensor):
                self._add(each.untyped_storage())
        return out

    def _add(self, storage: torch.UntypedStorage) -> None:
        if storage in self._seen:
            return
        size = storage.nbytes()
        self._seen[storage] = size
        self.live += size
        self.peak = max(self.peak, self.live)
        weakref.finalize(storage, self._release, size)

    def _release(self, size: int) -> None:
        self.live -= size


class _HalfPrecision(ExitStack):
    """Autocast of a GPU for meta tensors, which torch does not support."""

    def __init__(self) -> None:
        super().__init__()
        # As in torch, weights are converted once for each forward pass.
        self.weights: Optional[Dict[int, Tensor]] = {}
        for change, places in ((self._halve, _HALF), (_widen, _SINGLE)):
            for owner, names in places:
                for name in names:
                    changed = _with_inputs(getattr(owner, name), change)
                    self.enter_context(mock.patch.object(owner, name, changed))

    def _halve(self, value: Any) -> Any:
        if not isinstance(value, Tensor) or value.dtype != torch.float32:
            return value
        if self.weights is None or not isinstance(value, nn.Parameter):
            return value.half()
        if id(value) not in self.weights:
            self.weights[id(value)] = value.half()
        return self.weights[id(value)]


def _with_inputs(func: Callable, change: Callable[[Any], Any]) -> Callable:
    """Function or method that converts its inputs first."""

    def run(*args: Any, **kwargs: Any) -> Any:
        args, kwargs = tree_map(change, (args, kwargs))
        return func(*args, **kwargs)

    return run


def _widen(value: Any) -> Any:
    """Single precision for tensors in half precision."""
    half = isinstance(value, Tensor) and value.dtype == torch.float16
    return value.float() if half else value


class TrainingMemory(NamedTuple):
    """Bytes of a training step with a batch of B clips: `fixed + B * clip`.

    Args:
        fixed (int): Weights, buffers, gradients and optimiser states. Gradients count
            in the forward pass as well, as with gradient accumulation.
        clip (int): Activations and other temporary tensors of one clip at the peak.
    """

    fixed: int
    clip: int

    def largest_batch(self, gib: float) -> int:
        """Clips that fit into a memory of a size in GiB, at least 0."""
        return max(0, int((gib * GIB - self.fixed) // self.clip))


def _outputs(model: Any, clips: Tensor) -> Any:
    """Outputs of the parts of a model that are trained, without losses."""
    if not hasattr(model, 'point_head'):
        return model(clips, stage='head')
    feats = model.extract_frames(clips.transpose(1, 2).flatten(0, 1))
    feats, maps = model.mix_frames(feats, clips.shape[2])
    outputs = [model.point_head(feats)]
    if model.cls_head is not None:
        feature = model.extract_clips(maps)
        actors = model.cls_head.cls_mode == 'actor'
        outputs.append(feature if actors else model.cls_head(feature))
    return outputs


def step_peak(run: Callable[[], Any], amp: bool = False) -> int:
    """Peak of the bytes that a forward and a backward pass make.

    Args:
        run (Callable): Forward pass with tensors on the meta device or the CPU; the
            backward pass starts from all of its outputs.
        amp (bool): Emulate autocast with half precision on a GPU.

    Returns:
        int: Bytes, including the gradients of the weights.
    """
    half = _HalfPrecision() if amp else None
    with LiveMemory() as memory, half or nullcontext():
        found = tree_flatten(run())[0]
        sums = [each.float().sum() for each in found if isinstance(each, Tensor)]
        del found
        if half is not None:
            half.weights = None
        torch.stack(sums).sum().backward()
    return memory.peak


def _state_bytes(model: nn.Module, optim_wrapper: Any) -> int:
    """Bytes of the states of all optimisers, by a step with gradients of zero."""
    wrapper = build_optim_wrapper(model, optim_wrapper)
    members = wrapper.values() if isinstance(wrapper, OptimWrapperDict) else [wrapper]
    total = 0
    for parameter in model.parameters():
        parameter.grad = torch.zeros_like(parameter)
    for member in members:
        member.optimizer.step()
        for state in member.optimizer.state.values():
            total += _bytes(v for v in state.values() if isinstance(v, Tensor))
    return total


def _bytes(tensors: Any) -> int:
    return sum(each.numel() * each.element_size() for each in tensors)


def training_memory(
    config: str, frames: int, size: Sequence[int], modules: Sequence[str] = ()
) -> Dict[Tuple[bool, bool], TrainingMemory]:
    """Count the memory of a training step of a config.

    Args:
        config (str): Config file of a recognizer or detector.
        frames (int): Frames or segments of a clip.
        size (Sequence[int]): Height and width of a frame in pixels.
        modules (Sequence[str]): Modules for activation checkpointing, see
            `checkpoint_activations`.

    Returns:
        dict[tuple[bool, bool], TrainingMemory]: Bytes by AMP and checkpointing, the
        latter only with `modules`.

    Raises:
        ValueError: If a pattern fits no module.
    """
    cfg = load_config(config)
    init_default_scope(cfg.get('default_scope', 'mmaction'))
    model = weightless(cfg.model).train()
    if modules:
        checkpoint_activations(copy.deepcopy(model), modules)  # report errors first
    weights = list(model.parameters())
    fixed = _bytes(weights) + _bytes(model.buffers())
    fixed += _state_bytes(model, cfg.optim_wrapper)
    channels = len(cfg.model.data_preprocessor.mean)
    shape = (channels, frames, *size)
    if cfg.model.type == 'Recognizer2D':
        shape = (frames, channels, *size)
    elif cfg.model.type == 'Recognizer3D':
        shape = (1, *shape)
    found = {}
    for checkpointing in (False, True) if modules else (False,):
        if checkpointing:
            checkpoint_activations(model, modules)
        for amp in (False, True):
            one, two = (
                _batch_peak(model, torch.empty(n, *shape, device='meta'), amp)
                for n in _BATCHES
            )
            clip = (two - one) // (_BATCHES[1] - _BATCHES[0])
            # All gradients exist at the end, and with accumulation at any time.
            rest = max(one - _BATCHES[0] * clip, _bytes(weights))
            found[amp, checkpointing] = TrainingMemory(fixed + rest, clip)
    return found


def _batch_peak(model: nn.Module, clips: Tensor, amp: bool) -> int:
    """Peak of a batch in bytes, with the gradients that exist at that time."""
    # With gradients from before, autograd would make new ones in this counter.
    model.zero_grad(set_to_none=True)
    # Checks of values are skipped in an export.
    with mock.patch('torch.onnx.is_in_onnx_export', return_value=True):
        return step_peak(lambda: _outputs(model, clips), amp) + _bytes([clips])


def memory_table(
    config: str,
    frames: int,
    size: Sequence[int],
    modules: Sequence[str],
    sizes: Sequence[float],
) -> str:
    """Compare AMP and activation checkpointing.

    Args:
        config (str): Config file.
        frames (int): Frames of a clip.
        size (Sequence[int]): Height and width of a frame in pixels.
        modules (Sequence[str]): Modules with checkpointing; without any, only rows
            without it.
        sizes (Sequence[float]): Sizes of GPU memory in GiB.

    Returns:
        str: Markdown table in GiB, and the largest batch for each size.
    """
    heads = [f'batch, {each:g} GiB' for each in sizes]
    lines = [
        f'| AMP | checkpointing | fixed | each clip | {" | ".join(heads)} |',
        f'| --- | --- | {" | ".join(["---:"] * (2 + len(sizes)))} |',
    ]
    found = training_memory(config, frames, size, modules)
    for amp, checkpointing in sorted(found):
        memory = found[amp, checkpointing]
        cells = [
            'x' if amp else '',
            'x' if checkpointing else '',
            f'{memory.fixed / GIB:.2f}',
            f'{memory.clip / GIB:.2f}',
            *(str(memory.largest_batch(each)) for each in sizes),
        ]
        lines.append(f'| {" | ".join(cells)} |')
    return '\n'.join(lines)
