"""Schedule of the temperature, noise and target ratio of an AFNet."""

from typing import Sequence, Union, cast

from mmaction.registry import HOOKS
from mmengine.hooks import Hook
from mmengine.runner import Runner

from ..checks import check_flag, check_number, check_sequence
from .base import AFBackbone, unwrap
from .neck import FrameSelectionNeck
from .ratio_loss import SelectionRatioLoss
from .selection import NavigationModule
from .spatial_selection import SpatialNavigationModule


@HOOKS.register_module()
class SelectionAnnealHook(Hook):
    """Lower temperature, target ratio and, on request, noise during training.

    The temperature is `t0 * (t1 / t0) ** (progress / temperature_end)` until
    `temperature_end`, then t1. The target ratio starts at 1 and decreases by equal
    amounts at each of `ratio_steps` to the target RT of the loss. Both depend on the
    iteration only, so a resumed run continues with the same values.

    Args:
        temperature (Sequence[float]): t0 and t1. Paper: 1 and 0.01.
        temperature_end (float): Time of t1. Released code: 50 of 55 epochs.
        ratio_steps (Sequence[float]): Times at which the target ratio decreases;
            empty for RT from the start. Released code: 10, 15 and 20.
        by_epoch (bool): Times are epochs, which may be fractions, if True, and
            iterations if False.
        noise (Sequence[float]): Factor of the Gumbel noise at the start and from
            `temperature_end` on, linear between. Paper: 1 and 1. With an end of 0 the
            last iterations select frames as a test does.

    Logged at every iteration: `temperature`, `selection_noise`, `target_ratio` and,
    with a loss of regions, `target_region_ratio`.

    Raises:
        TypeError: If a value is not a number.
        ValueError: If a temperature is less than 1e-4, a time is not positive, or
            steps are not ascending. Before training, if the model has no
            `FrameSelectionNeck`, if its backbone does not select frames, or if the
            schedule ends after the training.

    Source: "Look More but Care Less in Video Recognition", arXiv 2211.09992,
    sections 3.1 and 4 for start and end; the curve between them as in the authors'
    code (https://github.com/BeSpontaneous/AFNet-pytorch, MIT).
    """

    priority = 'ABOVE_NORMAL'

    def __init__(
        self,
        temperature: Sequence[float] = (1.0, 0.01),
        temperature_end: float = 50,
        ratio_steps: Sequence[float] = (10, 15, 20),
        by_epoch: bool = True,
        noise: Sequence[float] = (1.0, 1.0),
    ) -> None:
        check_sequence('SelectionAnnealHook', 'temperature', temperature)
        check_sequence('SelectionAnnealHook', 'ratio_steps', ratio_steps)
        check_sequence('SelectionAnnealHook', 'noise', noise)
        for name, values in (
            ('temperature', temperature),
            ('temperature_end', (temperature_end,)),
            ('ratio_steps', ratio_steps),
            ('noise', noise),
        ):
            # Scores divided by a smaller temperature are not finite.
            low = 1e-4 if name == 'temperature' else 0
            for each in values:
                check_number('SelectionAnnealHook', low, **{name: each})
            if name != 'noise' and any(each == 0 for each in values):
                raise ValueError(
                    f'SelectionAnnealHook: {name}={values!r} must be positive.'
                )
        for name, values in (('temperature', temperature), ('noise', noise)):
            if len(values) != 2:
                raise ValueError(
                    f'SelectionAnnealHook: {name}={tuple(values)} must be two numbers, '
                    'for start and end.'
                )
        if list(ratio_steps) != sorted(set(ratio_steps)):
            raise ValueError(
                f'SelectionAnnealHook: ratio_steps={tuple(ratio_steps)} must '
                'be ascending.'
            )
        check_flag('SelectionAnnealHook', by_epoch=by_epoch)
        self.temperature = tuple(temperature)
        self.noise = tuple(noise)
        self.temperature_end = temperature_end
        self.ratio_steps = tuple(ratio_steps)
        self.by_epoch = by_epoch

    def temperature_at(self, progress: float) -> float:
        """Tau at a time.

        Args:
            progress (float): Epochs or iterations since the start of the
                training, depending on `by_epoch`.
        """
        first, last = self.temperature
        share = min(progress / self.temperature_end, 1.0)
        return first * (last / first) ** share

    def noise_at(self, progress: float) -> float:
        """Factor of the Gumbel noise at a time.

        Args:
            progress (float): As for `temperature_at`.
        """
        first, last = self.noise
        return first + (last - first) * min(progress / self.temperature_end, 1.0)

    def ratio_at(self, progress: float, target: float) -> float:
        """Target ratio at a time.

        Args:
            progress (float): As for `temperature_at`.
            target (float): RT, the final value.
        """
        if not self.ratio_steps:
            return target
        passed = sum(progress >= step for step in self.ratio_steps)
        if passed == len(self.ratio_steps):
            return target
        return target + (1 - target) * (1 - passed / len(self.ratio_steps))

    def _progress(self, runner: Runner, iteration: int) -> float:
        """Convert an iteration to the unit of the schedule."""
        if not self.by_epoch:
            return float(iteration)
        return iteration / len(runner.train_dataloader)

    def before_train(self, runner: Runner) -> None:
        """Check the model and the length of the schedule."""
        model = unwrap(runner.model)
        backbone = getattr(model, 'backbone', None)
        if not isinstance(getattr(model, 'neck', None), FrameSelectionNeck):
            given = type(backbone).__name__
            raise ValueError(
                'SelectionAnnealHook: the model has no FrameSelectionNeck '
                f'(its backbone is {given}), so the masks of AFResNet and '
                'AFMobileNetV3 would reach the head. Set neck=dict('
                "type='FrameSelectionNeck', num_segments=..., ratio_loss="
                "dict(type='SelectionRatioLoss', target_ratio=...)), or "
                'remove this hook.'
            )
        if not isinstance(backbone, AFBackbone):
            raise ValueError(
                'SelectionAnnealHook: the backbone is a '
                f'{type(backbone).__name__}, which does not select frames; use '
                'AFResNet or AFMobileNetV3, or remove this hook.'
            )
        end = self._progress(runner, runner.max_iters)
        unit = 'epochs' if self.by_epoch else 'iterations'
        for name, last in (
            ('temperature_end', self.temperature_end),
            ('ratio_steps', max(self.ratio_steps, default=0)),
        ):
            if last > end:
                raise ValueError(
                    f'SelectionAnnealHook: {name}={getattr(self, name)} is '
                    f'after the end of the training ({end:g} {unit}); shorten the '
                    'schedule or train longer.'
                )

    def before_train_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: Union[dict, tuple, list, None] = None,
    ) -> None:
        """Set and log the values of this iteration."""
        model = unwrap(runner.model)
        progress = self._progress(runner, runner.iter)
        temperature = self.temperature_at(progress)
        noise = self.noise_at(progress)
        neck = cast(FrameSelectionNeck, model.neck)
        for module in cast(AFBackbone, model.backbone).modules():
            if isinstance(module, (NavigationModule, SpatialNavigationModule)):
                module.temperature = temperature
                module.noise_scale = noise
        log = runner.message_hub.update_scalar
        log('train/temperature', temperature)
        log('train/selection_noise', noise)
        for loss, name in (
            (neck.ratio_loss, 'target_ratio'),
            (neck.spatial_loss, 'target_region_ratio'),
        ):
            if isinstance(loss, SelectionRatioLoss):
                loss.current_ratio = self.ratio_at(progress, loss.target_ratio)
                log(f'train/{name}', loss.current_ratio)
