"""Activation checkpointing of modules that are selected by name."""

from contextlib import contextmanager, nullcontext
from fnmatch import fnmatchcase
from functools import partial
from typing import (
    Any,
    ContextManager,
    Dict,
    Iterator,
    List,
    Sequence,
    Tuple,
    Type,
    cast,
)

import torch
from mmaction.registry import HOOKS
from mmengine.hooks import Hook
from mmengine.logging import MMLogger
from mmengine.model import is_model_wrapper
from mmengine.runner import Runner
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.utils.checkpoint import checkpoint

from ..checks import check_sequence

# Changed classes by the original ones.
_CHANGED: Dict[Type[nn.Module], Type[nn.Module]] = {}


@contextmanager
def _fixed_statistics(module: nn.Module) -> Iterator[None]:
    """Run a module again without a second update of its running statistics."""
    norms = [
        each
        for each in module.modules()
        if isinstance(each, _BatchNorm) and each.track_running_stats
    ]
    saved = [(each.momentum, cast(Tensor, each.num_batches_tracked)) for each in norms]
    for each, (_, count) in zip(norms, saved):
        each.momentum = 0.0
        each.num_batches_tracked = count.clone()
    try:
        yield
    finally:
        for each, (momentum, count) in zip(norms, saved):
            each.momentum, each.num_batches_tracked = momentum, count


def _contexts(module: nn.Module) -> Tuple[ContextManager, ContextManager]:
    """Contexts of the forward pass and of its repetition."""
    return nullcontext(), _fixed_statistics(module)


def _checkpointed(kind: Type[nn.Module]) -> Type[nn.Module]:
    """Subclass of a class of modules whose activations are computed again.

    A changed class, unlike a changed `forward` of an object, survives a copy of the
    model, such as the one for moving averages of weights.
    """

    def forward(self: nn.Module, *args: Any, **kwargs: Any) -> Any:
        run = partial(kind.forward, self)
        if not (self.training and torch.is_grad_enabled()):
            return run(*args, **kwargs)
        return checkpoint(
            run,
            *args,
            use_reentrant=False,
            context_fn=partial(_contexts, self),
            **kwargs,
        )

    changed = type(kind.__name__, (kind,), dict(forward=forward, checkpointed=True))
    return _CHANGED.setdefault(kind, changed)


def checkpoint_activations(model: nn.Module, patterns: Sequence[str]) -> List[str]:
    """Compute the activations of modules again in the backward pass.

    Only the inputs of these modules are stored. Outputs, gradients and running
    statistics of norm layers are unchanged. In evaluation mode and without gradients
    nothing is stored or repeated. Modules inside a selected module are part of it.

    Args:
        model (nn.Module): Model that is changed in place.
        patterns (Sequence[str]): Names of modules, such as `backbone.layer1`; `*`
            stands for any characters, dots included.

    Returns:
        list[str]: Names of the changed modules.

    Raises:
        ValueError: If a pattern fits no module.
    """
    chosen: List[str] = []
    used = set()
    for name, module in model.named_modules():
        fits = [each for each in patterns if name and fnmatchcase(name, each)]
        used.update(fits)
        if not fits or any(name.startswith(f'{each}.') for each in chosen):
            continue
        chosen.append(name)
        if not hasattr(type(module), 'checkpointed'):
            module.__class__ = _checkpointed(type(module))
    unused = [each for each in patterns if each not in used]
    if unused:
        children = ', '.join(name for name, _ in model.named_children())
        raise ValueError(
            f'checkpoint_activations: modules={unused} fit no module of the model; '
            f'its parts are {children}. `*` stands for any characters.'
        )
    return chosen


@HOOKS.register_module()
class ActivationCheckpointHook(Hook):
    """Save memory in training: activations of some modules are computed twice.

    MMEngine's `activation_checkpointing` needs complete names, updates the statistics
    of norm layers twice, and loses the modules in a copy of the model.

    Args:
        modules (Sequence[str]): Patterns of names, see `checkpoint_activations`.

    Raises:
        TypeError: If `modules` is not a sequence.
        ValueError: Before training, if a pattern fits no module.
    """

    def __init__(self, modules: Sequence[str]) -> None:
        check_sequence(type(self).__name__, 'modules', modules)
        self.modules = modules

    def before_train(self, runner: Runner) -> None:
        """Change the model of a runner."""
        model = runner.model.module if is_model_wrapper(runner.model) else runner.model
        names = checkpoint_activations(model, self.modules)
        MMLogger.get_current_instance().info(
            f'ActivationCheckpointHook: the activations of {len(names)} modules are '
            f'computed twice: {", ".join(names)}.'
        )
