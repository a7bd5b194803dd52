"""Random numbers of transforms with workers, epochs and interruptions."""

import random
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from mmaction.registry import HOOKS
from mmcv.transforms import BaseTransform, Compose
from mmengine.dataset import BaseDataset, RepeatDataset
from torch.utils.data import DataLoader

from mmvkp.recognition.sample_seed_hook import SampleSeedHook, SeedSample


class Draw(BaseTransform):
    """Three random numbers in place of a sample, one of each source."""

    def transform(self, results):
        return np.array(
            [
                results['sample_idx'],
                random.random(),
                np.random.uniform(),
                float(torch.rand(())),
            ]
        )


class Numbers(BaseDataset):
    """Five samples."""

    def __init__(self):
        super().__init__(pipeline=[], lazy_init=False)
        self.pipeline.transforms.append(Draw())

    def load_data_list(self):
        return [dict(number=i) for i in range(5)]


def runner_of(dataset, workers=0, seed=7, shuffle=None):
    """Attributes of a runner that the hook uses."""
    loader = DataLoader(
        dataset,
        batch_size=2,
        num_workers=workers,
        persistent_workers=workers > 0,
        sampler=shuffle,
        collate_fn=np.stack,
        worker_init_fn=lambda number: np.random.seed(number),
    )
    return SimpleNamespace(train_dataloader=loader, seed=seed, epoch=0)


def epochs(runner, numbers, hook=None, noise=0):
    """Draws (5, 3) of each of these epochs, in the order of the samples."""
    hook = hook or HOOKS.build(dict(type='SampleSeedHook'))
    hook.before_train(runner)
    found = []
    for runner.epoch in numbers:
        # What happened before must not matter.
        torch.manual_seed(noise)
        np.random.seed(noise)
        random.seed(noise)
        hook.before_train_epoch(runner)
        rows = np.concatenate(list(runner.train_dataloader))
        found.append(rows[rows[:, 0].argsort()][:, 1:])
    return found


def test_draws_depend_on_epoch_and_sample_alone():
    """With 0, 1 and 2 workers that live on, and in another order."""
    plain = epochs(runner_of(Numbers()), range(3))
    for workers in (1, 2):
        found = epochs(runner_of(Numbers(), workers), range(3), noise=workers)
        np.testing.assert_array_equal(found, plain)
    found = epochs(runner_of(Numbers(), shuffle=[4, 1, 3, 0, 2]), range(3))
    np.testing.assert_array_equal(found, plain)
    # All of them differ: epochs, samples and sources.
    values = np.stack(plain)
    assert values.shape == (3, 5, 3) and len(np.unique(values)) == values.size


def test_resumed_equals_uninterrupted():
    whole = epochs(runner_of(Numbers()), range(3))
    resumed = epochs(runner_of(Numbers()), range(1, 3), noise=9)
    np.testing.assert_array_equal(resumed, whole[1:])


def test_seeds_of_runs():
    """Another seed of the run gives other numbers, unless the hook has one."""
    (first,) = epochs(runner_of(Numbers(), seed=1), [0])
    (second,) = epochs(runner_of(Numbers(), seed=2), [0])
    assert not (first == second).any()
    third, fourth = (
        epochs(runner_of(Numbers(), seed=seed), [0], SampleSeedHook(seed=1))[0]
        for seed in (2, 3)
    )
    np.testing.assert_array_equal(third, first)
    np.testing.assert_array_equal(fourth, first)


def test_it_is_put_in_front_once():
    """A second training of the same runner, with the same or another hook."""
    runner = runner_of(Numbers())
    hook = SampleSeedHook()
    for each in (hook, hook, SampleSeedHook(seed=3)):
        each.before_train(runner)
    transforms = runner.train_dataloader.dataset.pipeline.transforms
    assert [type(each) for each in transforms] == [SeedSample, Draw]
    assert transforms[0].seed == 3


def test_a_repeated_data_set():
    """The seed goes into the data set inside; its copies draw the same."""
    inside = Numbers()
    runner = runner_of(RepeatDataset(inside, times=2))
    (plain,) = epochs(runner_of(Numbers()), [4])
    (rows,) = epochs(runner, [4])
    assert isinstance(inside.pipeline.transforms[0], SeedSample)
    np.testing.assert_array_equal(rows[::2], plain)
    np.testing.assert_array_equal(rows[1::2], plain)


@pytest.mark.parametrize(
    'pipeline', [None, lambda results: results, SimpleNamespace(transforms=(Draw(),))]
)
def test_a_data_set_without_transforms(pipeline):
    dataset = SimpleNamespace(pipeline=pipeline)
    runner = SimpleNamespace(train_dataloader=SimpleNamespace(dataset=dataset), seed=0)
    with pytest.raises(
        ValueError, match='SimpleNamespace has no pipeline .* remove the'
    ):
        SampleSeedHook().before_train(runner)


def test_the_sample_stays_as_it_is():
    results = dict(sample_idx=3, imgs=[1])
    seed = SeedSample(0, torch.zeros((), dtype=torch.int64))
    assert Compose([seed])(results) == dict(sample_idx=3, imgs=[1])
