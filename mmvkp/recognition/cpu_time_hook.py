"""CPU time of each epoch of a training, kept across interruptions."""

import os
import os.path as osp
import time
from typing import Dict

from mmaction.registry import HOOKS
from mmengine.dist import master_only
from mmengine.hooks import Hook
from mmengine.runner import Runner

from ..files import read_text

FILE = 'cpu_seconds.csv'


@HOOKS.register_module()
class CpuTimeHook(Hook):
    """Append the CPU time of each training epoch to `cpu_seconds.csv` in the work dir.

    The time of this process in all its threads is measured, without validation, and
    without the workers of the data loaders: set `num_workers=0` to include the
    reading of videos. An epoch that is repeated after an interruption has two lines,
    of which the last counts.
    """

    def __init__(self) -> None:
        self.start = 0.0

    def before_train_epoch(self, runner: Runner) -> None:
        """Start the measurement."""
        self.start = time.process_time()

    @master_only
    def after_train_epoch(self, runner: Runner) -> None:
        """Append a line: epoch, from 1, and seconds."""
        seconds = time.process_time() - self.start
        with open(osp.join(runner.work_dir, FILE), 'a', encoding='utf-8') as file:
            file.write(f'{runner.epoch + 1},{seconds:.3f}\n')
            file.flush()
            os.fsync(file.fileno())


def training_seconds(work_dir: str) -> float:
    """Sum of the CPU seconds of all epochs of a training.

    Args:
        work_dir (str): Its work dir.

    Raises:
        FileNotFoundError: If it was trained without `CpuTimeHook`.
        ValueError: If a line is damaged; an interrupted last line is ignored.
    """
    path = osp.join(work_dir, FILE)
    epochs: Dict[int, float] = {}
    for number, line in enumerate(read_text(path).split('\n')[:-1], 1):
        try:
            epoch, seconds = line.split(',')
            epochs[int(epoch)] = float(seconds)
        except ValueError as error:
            raise ValueError(
                f'{path}, line {number}: {line[:80]!r} is not EPOCH,SECONDS; delete '
                'the line, or train again.'
            ) from error
    return sum(epochs.values())
