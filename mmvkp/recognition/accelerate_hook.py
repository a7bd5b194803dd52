"""Accelerated validation and test runs."""

from typing import Optional

from mmaction.registry import HOOKS
from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmengine.runner import Runner

from .accelerate import Acceleration, accelerate


@HOOKS.register_module()
class AccelerateHook(Hook):
    """Accelerate the model in validation and test runs on a CPU.

    See `mmvkp.recognition.accelerate`; the model is restored after each run. On
    other devices nothing changes.

    Example:
        >>> custom_hooks = [dict(type='AccelerateHook')]
    """

    def __init__(self) -> None:
        self.handle: Optional[Acceleration] = None

    def before_val(self, runner: Runner) -> None:
        """Accelerate the model."""
        model = runner.model
        self.undo()
        self.handle = accelerate(model.module if is_model_wrapper(model) else model)

    def after_val(self, runner: Runner) -> None:
        """Restore the model."""
        self.undo()

    def before_test(self, runner: Runner) -> None:
        """Accelerate the model."""
        self.before_val(runner)

    def after_test(self, runner: Runner) -> None:
        """Restore the model."""
        self.undo()

    def undo(self) -> None:
        """Restore the model if it is accelerated."""
        if self.handle is not None:
            self.handle.undo()
            self.handle = None
