"""Schedule of AFNet's temperature and target ratio."""

from numbers import Real
from typing import Optional, Sequence, Union

from mmaction.registry import HOOKS
from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmengine.runner import Runner
from torch import nn

from .base import AFBackbone
from .neck import FrameSelectionNeck
from .ratio_loss import SelectionRatioLoss


@HOOKS.register_module()
class SelectionAnnealHook(Hook):
    """Cool the Gumbel choice and lower the target ratio in training.

    The temperature is ``t0 * (t1 / t0) ** (progress / temperature_end)``
    until ``temperature_end`` and t1 from there. The target ratio starts at 1
    and falls by equal amounts at each of ``ratio_steps`` to the target RT of
    the loss. Both are worked out from the iteration alone, so that a resumed
    run has the values of one that was never stopped.

    Args:
        temperature (Sequence[float]): t0 and t1. Paper: 1 and 0.01.
        temperature_end (float): When t1 is reached. Released code: 50 of 55
            epochs.
        ratio_steps (Sequence[float]): When the target ratio falls; empty for
            RT from the start. Released code: 10, 15 and 20.
        by_epoch (bool): Whether times are epochs, counted in fractions, or
            iterations.

    Logged at every iteration: ``temperature``, ``target_ratio`` and, with a
    loss of regions, ``target_region_ratio``.

    Raises:
        TypeError: If a number is none.
        ValueError: If a temperature or a time is not positive or steps are
            not ascending; before training, if the model has no
            `FrameSelectionNeck` although its backbone returns masks, if it
            selects no frames at all, or if the schedule ends after the
            training.

    Source: "Look More but Care Less in Video Recognition", arXiv 2211.09992,
    sections 3.1 and 4 for the ends; the way between them as in the authors'
    code (https://github.com/BeSpontaneous/AFNet-pytorch, MIT).
    """

    priority = 'ABOVE_NORMAL'

    def __init__(
        self,
        temperature: Sequence[float] = (1.0, 0.01),
        temperature_end: float = 50,
        ratio_steps: Sequence[float] = (10, 15, 20),
        by_epoch: bool = True,
    ) -> None:
        for name, values in (
            ('temperature', temperature),
            ('temperature_end', (temperature_end,)),
            ('ratio_steps', ratio_steps),
        ):
            if any(not isinstance(each, Real) for each in values):
                raise TypeError(
                    f'SelectionAnnealHook: {name}={values!r} must hold numbers.'
                )
            if any(each <= 0 for each in values):
                raise ValueError(
                    f'SelectionAnnealHook: {name}={values!r} must be positive.'
                )
        if len(temperature) != 2:
            raise ValueError(
                f'SelectionAnnealHook: temperature={tuple(temperature)} must '
                'hold two numbers, that of the start and that of the end.'
            )
        if list(ratio_steps) != sorted(set(ratio_steps)):
            raise ValueError(
                f'SelectionAnnealHook: ratio_steps={tuple(ratio_steps)} must '
                'be ascending.'
            )
        self.temperature = tuple(temperature)
        self.temperature_end = temperature_end
        self.ratio_steps = tuple(ratio_steps)
        self.by_epoch = by_epoch

    def temperature_at(self, progress: float) -> float:
        """Tau at a time.

        Args:
            progress (float): Epochs or iterations since the start of the
                training, as ``by_epoch`` says.
        """
        first, last = self.temperature
        share = min(progress / self.temperature_end, 1.0)
        return first * (last / first) ** share

    def ratio_at(self, progress: float, target: float) -> float:
        """Target ratio in force at a time.

        Args:
            progress (float): As in `temperature_at`.
            target (float): RT, where it ends.
        """
        if not self.ratio_steps:
            return target
        passed = sum(progress >= step for step in self.ratio_steps)
        if passed == len(self.ratio_steps):
            return target
        return target + (1 - target) * (1 - passed / len(self.ratio_steps))

    def _progress(self, runner: Runner, iteration: int) -> float:
        """Iterations in the unit of the schedule."""
        if not self.by_epoch:
            return float(iteration)
        return iteration / len(runner.train_dataloader)

    def before_train(self, runner: Runner) -> None:
        """Check the model and the length of the schedule."""
        model = _unwrap(runner.model)
        backbone = getattr(model, 'backbone', None)
        neck = find_neck(model)
        if neck is None:
            given = type(backbone).__name__
            raise ValueError(
                f'SelectionAnnealHook: the model has no FrameSelectionNeck '
                f'(its backbone is {given}); the masks of AFResNet and '
                'AFMobileNetV3 would reach the head. Set neck=dict('
                "type='FrameSelectionNeck', num_segments=..., ratio_loss="
                "dict(type='SelectionRatioLoss', target_ratio=...)), or "
                'take this hook out.'
            )
        if not isinstance(backbone, AFBackbone):
            raise ValueError(
                f'SelectionAnnealHook: the backbone is a '
                f'{type(backbone).__name__}, which selects no frames; use '
                'AFResNet or AFMobileNetV3, or take this hook out.'
            )
        end = self._progress(runner, runner.max_iters)
        unit = 'epochs' if self.by_epoch else 'iterations'
        for name, last in (
            ('temperature_end', self.temperature_end),
            ('ratio_steps', max(self.ratio_steps, default=0)),
        ):
            if last > end:
                raise ValueError(
                    f'SelectionAnnealHook: {name}={getattr(self, name)} lies '
                    f'after the end of the training ({end:g} {unit}), so the '
                    'schedule would not be finished; shorten it or train '
                    'longer.'
                )

    def before_train_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: Union[dict, tuple, list, None] = None,
    ) -> None:
        """Set and log the values of this iteration."""
        model = _unwrap(runner.model)
        progress = self._progress(runner, runner.iter)
        temperature = self.temperature_at(progress)
        for module in model.backbone.modules():
            if hasattr(module, 'temperature'):
                module.temperature = temperature
        log = runner.message_hub.update_scalar
        log('train/temperature', temperature)
        neck = find_neck(model)
        for loss, name in (
            (neck.ratio_loss, 'target_ratio'),
            (neck.spatial_loss, 'target_region_ratio'),
        ):
            if isinstance(loss, SelectionRatioLoss):
                loss.current_ratio = self.ratio_at(progress, loss.target_ratio)
                log(f'train/{name}', loss.current_ratio)


def find_neck(model: nn.Module) -> Optional[FrameSelectionNeck]:
    """The neck that takes the masks, or None."""
    neck = getattr(model, 'neck', None)
    return neck if isinstance(neck, FrameSelectionNeck) else None


def _unwrap(model: nn.Module) -> nn.Module:
    """The model inside a wrapper for several processes."""
    return model.module if is_model_wrapper(model) else model
