"""Check of losses, gradients and predictions for non-finite values."""

from functools import wraps
from typing import Any, Dict, List, Optional, Sequence

import torch
from mmaction.registry import HOOKS
from mmengine.dist import all_gather_object
from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmengine.optim import AmpOptimWrapper
from mmengine.runner import Runner
from torch import Tensor, nn

from ..checks import check_choice, check_positive
from .non_finite import add_paths, all_finite, count_as_wrong, path_of


@HOOKS.register_module()
class FiniteCheckHook(Hook):
    """Stop a run at the first loss, gradient or prediction that is not finite.

    Losses are checked before the backward pass, gradients before the optimiser
    step: weights and buffers (statistics of norm layers) are still those of the
    iteration before. With a gradient scaler (`--amp` on a GPU) such a step is
    skipped, because a large scale overflows by design; after `max_skipped` of them
    in a row the run stops as well.

    Args:
        action (str): For a prediction in validation and tests. 'raise': stop with
            the path of the video. 'report': count the video as wrong, and list all
            of them at the end.
        max_skipped (int): Number of steps in a row that a gradient scaler may skip.
        max_listed (int): Maximum number of listed videos.

    Raises:
        FloatingPointError: If a value is not finite.
    """

    # After the hooks that prepare an iteration, before those that use its results.
    priority = 'ABOVE_NORMAL'

    def __init__(
        self, action: str = 'raise', max_skipped: int = 20, max_listed: int = 20
    ) -> None:
        owner = type(self).__name__
        check_choice(owner, 'action', action, ('raise', 'report'))
        check_positive(owner, max_skipped=max_skipped, max_listed=max_listed)
        self.action = action
        self.max_skipped = max_skipped
        self.max_listed = max_listed
        self._paths: List[str] = []
        self._bad: List[str] = []
        self._skipped = 0
        self._where = ''
        self._saved: Dict[str, Tensor] = {}

    def before_train(self, runner: Runner) -> None:
        """Check each loss and each optimiser step of this runner."""
        add_paths(runner.train_dataloader.dataset)
        if runner.val_loop is not None:
            self._watch(runner.val_loop)
        model = _module_of(runner)
        parse: Any = model.parse_losses
        if getattr(parse, 'checked_by', None) is self:
            return

        def parse_losses(losses: Dict[str, Any]) -> Any:
            self._check_losses(runner, model, losses)
            return parse(losses)

        vars(parse_losses)['checked_by'] = self
        vars(model)['parse_losses'] = parse_losses
        for optimizer in _optimizers(runner.optim_wrapper):
            self._check_steps(model, optimizer)

    def _check_steps(self, model: nn.Module, optimizer: torch.optim.Optimizer) -> None:
        """Check the gradients before each step.

        Before torch 2.2 the compiler removes the hooks of all optimisers.
        """
        step = optimizer.step

        @wraps(step)  # keeps the mark of MMEngine's schedulers
        def checked(*args: Any, **kwargs: Any) -> Any:
            self._check_gradients(model, optimizer)
            return step(*args, **kwargs)

        vars(optimizer)['step'] = checked

    def before_val(self, runner: Runner) -> None:
        """Check each prediction of the validation."""
        self._watch(runner.val_loop)

    def before_test(self, runner: Runner) -> None:
        """Check each prediction of the test."""
        self._watch(runner.test_loop)

    def before_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: Any = None
    ) -> None:
        """Keep the names of the videos and the buffers of the model."""
        samples = data_batch.get('data_samples') if isinstance(data_batch, dict) else ()
        self._paths = [path_of(each) for each in samples or ()]
        self._where = f'epoch {runner.epoch + 1}, iteration {runner.iter + 1}'
        for name, value in _module_of(runner).named_buffers():
            if value.is_floating_point():
                kept = self._saved.get(name)
                if kept is None or kept.shape != value.shape:
                    self._saved[name] = value.detach().clone()
                else:
                    kept.copy_(value)

    def after_val_epoch(
        self, runner: Runner, metrics: Optional[Dict[str, float]] = None
    ) -> None:
        """List the videos of the validation that were counted as wrong."""
        self._report(runner)

    def after_test_epoch(
        self, runner: Runner, metrics: Optional[Dict[str, float]] = None
    ) -> None:
        """List the videos of the test that were counted as wrong."""
        self._report(runner)

    def _check_losses(
        self, runner: Runner, model: nn.Module, losses: Dict[str, Any]
    ) -> None:
        """Stop before the backward pass, or let a gradient scaler skip the step."""
        if all_finite([each for name, each in losses.items() if 'loss' in name]):
            self._skipped = 0
            return
        self._restore(model)
        bad = [n for n, x in losses.items() if 'loss' in n and not all_finite(x)]
        text = f'the loss is not finite ({", ".join(bad)})'
        if not _has_scaler(runner.optim_wrapper):
            self._stop(text)
        self._skipped += 1
        if self._skipped > self.max_skipped:
            self._stop(f'{text} in {self._skipped} iterations in a row')

    def _check_gradients(
        self, model: nn.Module, optimizer: torch.optim.Optimizer
    ) -> None:
        """Stop before an optimiser step with a gradient that is not finite."""
        params = [p for group in optimizer.param_groups for p in group['params']]
        if all_finite([each.grad for each in params if each.grad is not None]):
            return
        self._restore(model)
        names = [
            name
            for name, each in model.named_parameters()
            if each.grad is not None and not all_finite(each.grad)
        ]
        first = names[0] if names else 'a parameter'
        self._stop(f'the gradient of {first} is not finite ({len(names)} in all)')

    @torch.no_grad()
    def _restore(self, model: nn.Module) -> None:
        """Restore the buffers from before the iteration."""
        for name, value in model.named_buffers():
            if name in self._saved and self._saved[name].shape == value.shape:
                value.copy_(self._saved[name])

    def _stop(self, text: str) -> None:
        """Raise the error of an iteration."""
        videos = ', '.join(self._paths[: self.max_listed]) or 'unknown'
        raise FloatingPointError(
            f'FiniteCheckHook: {text} in {self._where}. The weights are those before '
            f'this iteration. Videos: {videos}. Check these videos, lower the learning '
            'rate, or set optim_wrapper.clip_grad; then continue with --resume.'
        )

    def _watch(self, loop: Any) -> None:
        """Check predictions before the metrics of a loop get them."""
        add_paths(loop.dataloader.dataset)
        evaluator = loop.evaluator
        if getattr(evaluator.process, 'checked_by', None) is self:
            return
        process = evaluator.process

        def checked(data_samples: Sequence[Any], data_batch: Any = None) -> None:
            for each in data_samples:
                self._check_prediction(each)
            process(data_samples=data_samples, data_batch=data_batch)

        vars(checked)['checked_by'] = self
        vars(evaluator)['process'] = checked

    def _check_prediction(self, sample: Any) -> None:
        """Raise an error, or make the prediction of a sample wrong."""
        if not count_as_wrong(sample, change=self.action == 'report'):
            return
        path = path_of(sample)
        if self.action == 'raise':
            raise FloatingPointError(
                f'FiniteCheckHook: the prediction for {path} is not finite. Check this '
                "video and the checkpoint, or set action='report' of the hook to count "
                'such videos as wrong and list them.'
            )
        self._bad.append(path)

    def _report(self, runner: Runner) -> None:
        """Log the videos of all processes; start a new list."""
        found = sorted({each for part in all_gather_object(self._bad) for each in part})
        self._bad = []
        if found:
            listed = '\n'.join(f'  {each}' for each in found[: self.max_listed])
            more = len(found) - self.max_listed
            runner.logger.warning(
                f'FiniteCheckHook: {len(found)} predictions are not finite and were '
                f'counted as wrong:\n{listed}'
                + (f'\n  ... and {more} more' if more > 0 else '')
            )


def _module_of(runner: Runner) -> nn.Module:
    """Model without its wrapper."""
    return runner.model.module if is_model_wrapper(runner.model) else runner.model


def _wrappers(wrapper: Any) -> List[Any]:
    """Optimiser wrappers inside a wrapper, and the one that scales gradients."""
    parts = list(getattr(wrapper, 'optim_wrappers', {}).values())
    joint = getattr(wrapper, 'joint', None)
    return [*(parts or [wrapper]), *([joint] if joint is not None else [])]


def _optimizers(wrapper: Any) -> List[torch.optim.Optimizer]:
    """Optimisers of a wrapper."""
    found = (getattr(each, 'optimizer', None) for each in _wrappers(wrapper))
    return [each for each in found if isinstance(each, torch.optim.Optimizer)]


def _has_scaler(wrapper: Any) -> bool:
    """True if a gradient scaler skips steps with gradients that are not finite."""
    return any(
        isinstance(each, AmpOptimWrapper) and each.loss_scaler.is_enabled()
        for each in _wrappers(wrapper)
    )
