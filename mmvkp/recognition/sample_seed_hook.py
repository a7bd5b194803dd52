"""Random numbers of training that depend on its position only."""

import random
from typing import Any, Optional

import numpy as np
import torch
from mmaction.registry import HOOKS
from mmengine.dist import broadcast_object_list, get_rank
from mmengine.hooks import Hook
from mmengine.runner import IterBasedTrainLoop, Runner
from torch.utils.data import DataLoader, Dataset, IterableDataset

# Last word of the entropy: equal numbers of a sample, an iteration and an epoch give
# different seeds.
SAMPLE, ITERATION, EPOCH = 1, 2, 3


def seed_generators(*entropy: int) -> None:
    """Seed Python, NumPy and torch, on all devices.

    Args:
        *entropy (int): Not negative. Any change of it gives other numbers.
    """
    low, high = np.random.SeedSequence(entropy).generate_state(2)
    random.seed(int(low))
    np.random.seed(low)
    torch.manual_seed(int(high))


class SeededDataset(Dataset):
    """Data set that seeds all random number generators before each sample.

    It has the attributes of the data set inside.

    Args:
        dataset (Dataset): With `len` and an index per sample.
        seed (int): Seed of the run.
        epoch (Tensor): Number of the epoch, with shape (), int64, in shared memory.
    """

    def __init__(self, dataset: Dataset, seed: int, epoch: torch.Tensor) -> None:
        self.dataset = dataset
        self.seed = seed
        self.epoch = epoch

    def __getitem__(self, index: int) -> Any:
        """Sample at an index, with the random numbers of this epoch."""
        seed_generators(self.seed, int(self.epoch), int(index), SAMPLE)
        return self.dataset[index]

    def __len__(self) -> int:
        """Number of samples."""
        return len(self.dataset)  # type: ignore[arg-type]

    def __getattr__(self, name: str) -> Any:
        """Attribute of the data set inside."""
        # Special methods would bypass the seed; `dataset` is missing while unpickling.
        if name == 'dataset' or name.startswith('__'):
            raise AttributeError(name)
        return getattr(self.dataset, name)


@HOOKS.register_module()
class SampleSeedHook(Hook):
    """Make the random numbers of training depend on its position only.

    MMEngine seeds each process once, so that random numbers depend on all earlier
    ones, and a resumed training differs from an uninterrupted one. With this hook a
    training that resumes from its last checkpoint is exact:

    - a sample is loaded with a seed from run, epoch and index, with any number of
      workers and processes;
    - an iteration of the model (dropout, sampled selections) starts from a seed of
      run, iteration and process;
    - the order of the samples depends on run and epoch, also if the run had no
      `--seed`: the checkpoint contains its seed.

    The cost is about 20 microseconds per sample and iteration. With
    `IterBasedTrainLoop`, samples are loaded ahead of the iterations: their random
    numbers are not exact after a resume, and a warning says so.

    Args:
        seed (int, optional): Seed; default: `--seed` of the run.
    """

    priority = 'VERY_HIGH'

    def __init__(self, seed: Optional[int] = None) -> None:
        self.seed = seed
        # Shared memory, because workers persist over epochs.
        self.epoch = torch.zeros((), dtype=torch.int64).share_memory_()
        self._seed = 0

    def before_train(self, runner: Runner) -> None:
        """Seed the samples and their order."""
        # Processes may have seeds of their own (--diff-rank-seed).
        seeds = [runner.seed if self.seed is None else self.seed]
        broadcast_object_list(seeds)
        self._seed = int(seeds[0])
        loader = runner.train_dataloader
        if isinstance(getattr(runner, '_train_loop', None), IterBasedTrainLoop):
            runner.logger.warning(
                'SampleSeedHook: samples of IterBasedTrainLoop are not seeded; a '
                'resumed training uses other augmentations. Use EpochBasedTrainLoop.'
            )
            return
        self._seed_order(runner, loader)
        dataset = loader.dataset
        if isinstance(dataset, SeededDataset):
            dataset = dataset.dataset
        if isinstance(dataset, IterableDataset):
            runner.logger.warning(
                f'SampleSeedHook: samples of {type(dataset).__name__} have no index '
                'and are not seeded; a resumed training uses other samples.'
            )
            return
        # DataLoader forbids a new data set because its sampler depends on the length,
        # which stays the same here. Persistent workers hold the earlier one.
        vars(loader)['dataset'] = SeededDataset(dataset, self._seed, self.epoch)
        vars(loader)['_iterator'] = None

    def _seed_order(self, runner: Runner, loader: DataLoader) -> None:
        """Give the sampler the seed of the run unless the config has one.

        A resumed run without `--seed` builds the sampler before it reads the seed
        from the checkpoint.
        """
        config = (getattr(runner, 'cfg', None) or {}).get('train_dataloader') or {}
        chosen = config.get('sampler') if isinstance(config, dict) else None
        if isinstance(chosen, dict) and chosen.get('seed') is not None:
            return
        batches = loader.batch_sampler
        sampler: Any = getattr(batches, 'sampler', None) or loader.sampler
        if isinstance(getattr(sampler, 'seed', None), int):
            sampler.seed = self._seed

    def before_train_epoch(self, runner: Runner) -> None:
        """Send the number of the epoch to the workers."""
        self.epoch.fill_(runner.epoch)
        # Samplers without a seed of their own use these generators.
        seed_generators(self._seed, get_rank(), runner.epoch, EPOCH)

    def before_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: Any = None
    ) -> None:
        """Seed the random numbers of the model."""
        seed_generators(self._seed, get_rank(), runner.iter, ITERATION)
