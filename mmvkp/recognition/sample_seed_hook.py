"""Reproducible random transforms for each sample."""

import random
from typing import Dict, Optional

import numpy as np
import torch
from mmaction.registry import HOOKS
from mmengine.hooks import Hook
from mmengine.runner import Runner


class SeedSample:
    """Seed all random number generators for one sample of one epoch.

    Args:
        seed (int): Seed of the run.
        epoch (Tensor): Number of the epoch, with shape (), int64, in shared memory.
    """

    def __init__(self, seed: int, epoch: torch.Tensor) -> None:
        self.seed = seed
        self.epoch = epoch

    def __call__(self, results: Dict) -> Dict:
        """Seed the generators; the sample is returned unchanged."""
        entropy = (self.seed, int(self.epoch), int(results['sample_idx']))
        low, high = np.random.SeedSequence(entropy).generate_state(2)
        random.seed(int(low))
        np.random.seed(low)
        torch.manual_seed(int(high))
        return results


@HOOKS.register_module()
class SampleSeedHook(Hook):
    """Make augmentation depend on seed, epoch and sample only.

    MMEngine seeds each worker once: random transforms depend on the number of
    workers and on all earlier samples, and a resumed training uses other crops than
    an uninterrupted one. With this hook the crops are equal, with any number of
    workers and processes.

    The cost is about 20 microseconds per sample. Random numbers of the model, such
    as dropout, are not affected by it with workers; with `num_workers=0` they
    continue from the seed of the last sample. Copies of a sample by `RepeatDataset`
    get the same random numbers within an epoch: train for more epochs instead.

    Args:
        seed (int, optional): Seed; default: `--seed` of the run.

    Raises:
        ValueError: If the data set has no list of transforms.
    """

    priority = 'VERY_HIGH'

    def __init__(self, seed: Optional[int] = None) -> None:
        self.seed = seed
        # Shared memory, because workers persist over epochs.
        self.epoch = torch.zeros((), dtype=torch.int64).share_memory_()

    def before_train(self, runner: Runner) -> None:
        """Insert the seed before the transforms."""
        dataset = runner.train_dataloader.dataset
        while hasattr(dataset, 'dataset'):
            dataset = dataset.dataset
        transforms = getattr(getattr(dataset, 'pipeline', None), 'transforms', None)
        if not isinstance(transforms, list):
            raise ValueError(
                f'SampleSeedHook: {type(dataset).__name__} has no pipeline '
                'with a list of transforms; remove the hook.'
            )
        seed = runner.seed if self.seed is None else self.seed
        transforms[:] = [
            each for each in transforms if not isinstance(each, SeedSample)
        ]
        transforms.insert(0, SeedSample(seed, self.epoch))

    def before_train_epoch(self, runner: Runner) -> None:
        """Send the number of the epoch to the workers."""
        self.epoch.fill_(runner.epoch)
