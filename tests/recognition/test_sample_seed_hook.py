"""Random numbers of training with workers, epochs and interruptions."""

import pickle
import random
import signal
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from mmaction.registry import HOOKS
from mmcv.transforms import BaseTransform
from mmengine.dataset import BaseDataset, ConcatDataset, RepeatDataset
from mmengine.hooks import Hook
from mmengine.runner import Runner
from torch.utils.data import DataLoader, IterableDataset

from mmvkp.recognition.checkpoint_file import load_tensors
from mmvkp.recognition.sample_seed_hook import SampleSeedHook, SeededDataset
from tests.processes import run_forked
from tests.recognition.tiny_training import assert_same, tiny_runner, weights_of
from tests.stick_recipes import EPOCHS, RECIPES, make_data, stick_config


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


def test_a_second_training_of_the_same_runner():
    """With the same or another hook, and with workers that live on."""
    runner = runner_of(Numbers(), workers=1)
    hook = SampleSeedHook()
    (first,) = epochs(runner, [0], hook)
    (again,) = epochs(runner, [0], hook)
    np.testing.assert_array_equal(again, first)
    (other,) = epochs(runner, [0], SampleSeedHook(seed=3))
    np.testing.assert_array_equal(other, epochs(runner_of(Numbers(), seed=3), [0])[0])
    assert type(runner.train_dataloader.dataset.dataset) is Numbers


def test_wrapped_data_sets():
    """Copies of a sample draw different numbers; the first copy as without."""
    (plain,) = epochs(runner_of(Numbers()), [4])
    for double in (RepeatDataset(Numbers(), 2), ConcatDataset([Numbers(), Numbers()])):
        (rows,) = epochs(runner_of(double), [4])
        assert rows.shape == (10, 3) and len(np.unique(rows)) == rows.size
        assert sum((row == plain).all(1).any() for row in rows) == 5


def test_the_data_set_keeps_its_attributes():
    """Also in another process."""
    dataset = SeededDataset(RepeatDataset(Numbers(), 2), 0, torch.tensor(0))
    copy = pickle.loads(pickle.dumps(dataset))
    for each in (dataset, copy):
        assert len(each) == 10 and each.times == 2
        assert each.metainfo == Numbers().metainfo
        assert not hasattr(each, '__getitems__') and not hasattr(each, 'unknown')
    np.testing.assert_array_equal(dataset[3], copy[3])


class Stream(IterableDataset):
    """Two samples without an index."""

    def __iter__(self):
        return iter([1, 2])


def test_a_stream_is_not_seeded_and_named():
    said = []
    runner = runner_of([])
    runner.train_dataloader = DataLoader(Stream())
    runner.logger = SimpleNamespace(warning=said.append)
    SampleSeedHook().before_train(runner)
    assert 'samples of Stream have no index' in said[0]


@HOOKS.register_module()
class EndHook(Hook):
    """Ends the process as `kill -9` does, or the training, after an iteration."""

    priority = 'LOWEST'

    def __init__(self, after, kill=True):
        self.after, self.kill = after, kill

    def after_train_iter(self, runner, batch_idx, data_batch=None, outputs=None):
        if runner.iter + 1 == self.after:
            if self.kill:
                signal.raise_signal(signal.SIGKILL)
            raise KeyboardInterrupt


SEEDED = dict(type='SampleSeedHook')


@pytest.mark.parametrize('seed', [0, None])
@pytest.mark.parametrize('workers', [0, 2])
def test_a_resumed_training_is_exact(tmp_path, seed, workers):
    """Interrupted in the second epoch; dropout, augmentation and order continue.

    Without a seed the resumed run takes it from the checkpoint.
    """
    end = dict(type='EndHook', after=3, kill=False)
    with pytest.raises(KeyboardInterrupt):
        tiny_runner(
            tmp_path / 'a', hooks=[SEEDED, end], workers=workers, seed=seed
        ).train()
    state = load_tensors(tmp_path / 'a/epoch_1.pth')
    whole = tiny_runner(
        tmp_path / 'b', hooks=[SEEDED], workers=workers, seed=state['meta']['seed']
    )
    whole.train()
    tiny_runner(
        tmp_path / 'a', hooks=[SEEDED], workers=workers, seed=seed, resume=True
    ).train()
    assert_same(weights_of(tmp_path / 'a'), weights_of(tmp_path / 'b'))


def test_the_number_of_workers_does_not_matter(tmp_path):
    for workers in (0, 2):
        tiny_runner(tmp_path / str(workers), hooks=[SEEDED], workers=workers).train()
    assert_same(weights_of(tmp_path / '0'), weights_of(tmp_path / '2'))


def test_a_seed_of_the_sampler_stays(tmp_path):
    runner = tiny_runner(tmp_path, 1, hooks=[SEEDED])
    runner._train_dataloader['sampler']['seed'] = 5
    runner.cfg.train_dataloader = dict(sampler=dict(seed=5))
    runner.train()
    assert runner.train_dataloader.sampler.seed == 5


def test_iterations_are_named_as_not_exact(tmp_path, caplog):
    """Their model is seeded, their samples are not."""
    said = []
    runner = tiny_runner(
        tmp_path, hooks=[SEEDED], train_cfg=dict(type='IterBasedTrainLoop', max_iters=1)
    )
    runner.logger.warning = said.append
    runner.train()
    assert any('IterBasedTrainLoop are not seeded' in each for each in said)


@pytest.fixture(scope='module')
def stick(tmp_path_factory):
    return make_data(tmp_path_factory.mktemp('stick'))


@pytest.mark.slow
@pytest.mark.parametrize('method', RECIPES)
def test_killed_recipes_resume_exactly(method, stick, tmp_path):
    """Five random points each, in the runtime of the recipe; with workers before or
    after the interruption."""

    def train(name, workers=0, resume=False, end=None):
        config = stick_config(method, stick, tmp_path / name, workers)
        config.resume = resume
        if end:
            config.custom_hooks.append(dict(type='EndHook', after=end))
        Runner.from_cfg(config).train()

    assert run_forked(train, 'whole') == [0]
    whole = load_tensors(tmp_path / f'whole/epoch_{EPOCHS}.pth')
    points = random.Random(method).sample(range(1, whole['meta']['iter']), 5)
    for workers, point in zip((0, 2, 0, 2, 0), points):
        killed = run_forked(train, f'at{point}', workers, False, point)
        assert killed == [-signal.SIGKILL]
        assert run_forked(train, f'at{point}', 2 - workers, True) == [0]
        assert_same(weights_of(tmp_path / f'at{point}', EPOCHS), whole['state_dict'])
