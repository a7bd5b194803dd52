"""Validation that an interrupted training missed."""

from typing import Dict, Optional

from mmaction.registry import HOOKS
from mmengine.hooks import Hook
from mmengine.runner import EpochBasedTrainLoop, Runner

_KEY = 'last_validated_epoch'


@HOOKS.register_module()
class ResumeValidationHook(Hook):
    """Validate after a resume if the checkpoint was written before validation.

    MMEngine writes the checkpoint of an epoch before it validates, and writes it
    again after a new best score. A training that resumes from the first of them
    skips this validation: the epoch cannot become the best one, and a learning rate
    that falls on a plateau falls one epoch later than in an uninterrupted training.

    The hook is for `EpochBasedTrainLoop` and does nothing in other loops.
    """

    # Before the hooks that act on an epoch, and before CheckpointHook.
    priority = 'VERY_HIGH'

    def __init__(self) -> None:
        self._pending = False

    def before_train(self, runner: Runner) -> None:
        """Compare the epoch with the last one that was validated."""
        loop, epoch = runner.train_loop, runner.epoch
        if not isinstance(loop, EpochBasedTrainLoop) or not epoch:
            return
        loop._decide_current_val_interval()
        due = epoch >= loop.val_begin and (
            epoch % loop.val_interval == 0 or epoch == loop.max_epochs
        )
        known = runner.message_hub.runtime_info.get(_KEY, 0)
        self._pending = runner.val_loop is not None and due and known < epoch

    def before_train_epoch(self, runner: Runner) -> None:
        """Validate before the first epoch after a resume."""
        self._validate(runner)

    def after_train(self, runner: Runner) -> None:
        """Validate if only the last validation is missing."""
        self._validate(runner)

    def after_val_epoch(
        self, runner: Runner, metrics: Optional[Dict[str, float]] = None
    ) -> None:
        """Record the epoch; a checkpoint after this validation contains it."""
        runner.message_hub.update_info(_KEY, runner.epoch)

    def _validate(self, runner: Runner) -> None:
        """Run the missing validation once."""
        if self._pending:
            self._pending = False
            runner.logger.info(
                f'Epoch {runner.epoch} was not validated before the interruption; '
                'this is done now.'
            )
            runner.val_loop.run()
