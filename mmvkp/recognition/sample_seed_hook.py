"""Random transforms that can be repeated, sample by sample."""

import random
from typing import Dict, Optional

import numpy as np
import torch
from mmaction.registry import HOOKS
from mmengine.hooks import Hook
from mmengine.runner import Runner


class SeedSample:
    """Seed every source of random numbers for one sample of one epoch.

    Args:
        seed (int): Of the run.
        epoch (Tensor): () int64 in shared memory, the number of the epoch.
    """

    def __init__(self, seed: int, epoch: torch.Tensor) -> None:
        self.seed = seed
        self.epoch = epoch

    def __call__(self, results: Dict) -> Dict:
        """Seed; the sample itself stays as it is."""
        entropy = (self.seed, int(self.epoch), int(results['sample_idx']))
        low, high = np.random.SeedSequence(entropy).generate_state(2)
        random.seed(int(low))
        np.random.seed(low)
        torch.manual_seed(int(high))
        return results


@HOOKS.register_module()
class SampleSeedHook(Hook):
    """Make augmentation depend on seed, epoch and sample alone.

    MMEngine seeds each worker once, so what a transform draws depends on the
    number of workers and on all samples before; a training that was resumed
    sees other crops than one that was not interrupted. With this hook it
    sees the same ones, with any number of workers and processes.

    It costs some 20 microseconds per sample. Dropout and whatever else the
    model draws in the main process is not affected if there are workers;
    without any (``num_workers=0``) it goes on from the seed of the last
    sample. The copies that `RepeatDataset` makes of a sample draw the same
    numbers in an epoch: train for more epochs instead.

    Args:
        seed (int, optional): None takes that of the run (``--seed``).

    Raises:
        ValueError: If the data set has no list of transforms to put the seed
            in front of.
    """

    priority = 'VERY_HIGH'

    def __init__(self, seed: Optional[int] = None) -> None:
        self.seed = seed
        # Shared, since workers live longer than an epoch.
        self.epoch = torch.zeros((), dtype=torch.int64).share_memory_()

    def before_train(self, runner: Runner) -> None:
        """Put the seed in front of the transforms."""
        dataset = runner.train_dataloader.dataset
        while hasattr(dataset, 'dataset'):
            dataset = dataset.dataset
        transforms = getattr(getattr(dataset, 'pipeline', None), 'transforms', None)
        if not isinstance(transforms, list):
            raise ValueError(
                f'SampleSeedHook: {type(dataset).__name__} has no pipeline '
                'with a list of transforms; take the hook out.'
            )
        seed = runner.seed if self.seed is None else self.seed
        transforms[:] = [
            each for each in transforms if not isinstance(each, SeedSample)
        ]
        transforms.insert(0, SeedSample(seed, self.epoch))

    def before_train_epoch(self, runner: Runner) -> None:
        """Tell the workers which epoch begins."""
        self.epoch.fill_(runner.epoch)
