"""Hook that trains in bfloat16 on a CPU."""

from functools import partial
from types import MethodType
from typing import Any

import torch
from mmaction.registry import HOOKS
from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmengine.runner import Runner
from torch import nn

from ..checks import check_flag
from .conv_norm import channels_last


@HOOKS.register_module()
class AutocastHook(Hook):
    """Compute the losses of a training in bfloat16, on a CPU.

    MMEngine's `AmpOptimWrapper`, which `--amp` selects, needs a GPU. This hook runs
    the forward pass of a training step under `torch.autocast`; the weights, the
    optimiser, validation and tests stay in single precision. It needs no scaling of
    the loss, because bfloat16 has the exponents of single precision, and works with
    every optimiser wrapper. The scores of a recogniser's `cls_head` are converted to
    single precision, because MMAction2 passes them to NumPy, which has no bfloat16. It
    saves time only on processors with instructions for bfloat16 (AVX512-BF16, AMX);
    others compute in bfloat16 more slowly.

        custom_hooks = [dict(type='AutocastHook')]

    Args:
        channels_last (bool): Store the weights of 2D and 3D convolutions with the
            channels last, so that their maps follow. It changes rounding alone. A step
            of the small Point3D takes a fifth less time. Default: False.

    Raises:
        TypeError: If `channels_last` is not a bool.
        ValueError: At the start of a training, if the model is not on a CPU; use
            `--amp` there.
    """

    def __init__(self, channels_last: bool = False) -> None:
        check_flag('AutocastHook', channels_last=channels_last)
        self.channels_last = channels_last

    def before_train(self, runner: Runner) -> None:
        """Replace the forward method of the model.

        Args:
            runner (Runner): Runner of the training.
        """
        model = runner.model
        model = model.module if is_model_wrapper(model) else model
        device = next(model.parameters()).device.type
        if device != 'cpu':
            raise ValueError(
                f'AutocastHook: the model is on {device!r}, the hook is for a CPU; '
                'remove it from custom_hooks and use --amp.'
            )
        if self.channels_last:
            _store_channels_last(model)
        own = model.__dict__.get('forward')

        def autocast_forward(self: nn.Module, *args: Any, **kwargs: Any) -> Any:
            """`forward`; under autocast if it computes losses."""
            forward = own or partial(type(self).forward, self)
            loss = kwargs.get('mode') == 'loss'
            with torch.autocast('cpu', dtype=torch.bfloat16, enabled=loss):
                return forward(*args, **kwargs)

        self._model, self._own = model, own
        # A bound method: the method of a copy of the model belongs to the copy.
        model.forward = MethodType(autocast_forward, model)
        head = getattr(model, 'cls_head', None)
        self._scores = head and head.register_forward_hook(_single_precision)

    def after_train(self, runner: Runner) -> None:
        """Restore the forward method of the model.

        Args:
            runner (Runner): Runner of the training.
        """
        if self._own is None:
            del self._model.forward
        else:
            self._model.forward = self._own
        if self._scores:
            self._scores.remove()


def _store_channels_last(model: nn.Module) -> None:
    """Change the memory format of the convolutions, in place."""
    for module in model.modules():
        if isinstance(module, (nn.Conv2d, nn.Conv3d)):
            module.weight.data = channels_last(module.weight.data)


def _single_precision(module: nn.Module, inputs: Any, output: Any) -> Any:
    """Convert the output of a module from bfloat16; a forward hook."""
    return output.float() if getattr(output, 'dtype', 0) == torch.bfloat16 else output
