"""A resumed training validates as an uninterrupted one."""

import pytest
import torch
from mmaction.registry import HOOKS, METRICS
from mmengine.evaluator import BaseMetric
from mmengine.hooks import Hook

import mmvkp  # noqa: F401
from tests.recognition.tiny_training import assert_same, tiny_runner, weights_of

# The score does not improve after the first validation: with patience 1 the learning
# rate falls after the third one.
STEPS = [0]


@METRICS.register_module()
class FallingMetric(BaseMetric):
    """Falls with the steps of the norm layer, so that the first epoch is the best."""

    def process(self, data_batch, data_samples):
        self.results.append(0)

    def compute_metrics(self, results):
        return dict(score=-float(STEPS[0]))


@HOOKS.register_module()
class CountHook(Hook):
    """Counts validations; may stop before one."""

    priority = 'HIGHEST'

    def __init__(self, seen, stop=None):
        self.seen, self.stop = seen, stop

    def before_val(self, runner):
        if runner.epoch == self.stop:
            raise KeyboardInterrupt
        self.seen.append(runner.epoch)
        STEPS[0] = int(runner.model.norm.num_batches_tracked)


def run(folder, stop=None, resume=False, epochs=4, **options):
    """Epochs that were validated, and the learning rate at the end."""
    seen = []
    runner = tiny_runner(
        folder,
        epochs,
        resume=resume,
        hooks=[
            dict(type='SampleSeedHook'),
            dict(type='ResumeValidationHook'),
            CountHook(seen, stop),
        ],
        val_cfg=dict(type='ValLoop'),
        val_dataloader=dict(
            batch_size=4,
            num_workers=0,
            sampler=dict(type='DefaultSampler', shuffle=False),
            dataset=dict(type='TinySet'),
            collate_fn=dict(type='pseudo_collate'),
        ),
        val_evaluator=dict(type='FallingMetric'),
        param_scheduler=dict(
            type='ReduceOnPlateauLR', monitor='score', rule='greater', patience=1
        ),
        default_hooks=dict(
            checkpoint=dict(
                type='CheckpointHook', interval=1, save_best='score', rule='greater'
            )
        ),
        **options,
    )
    if stop:
        with pytest.raises(KeyboardInterrupt):
            runner.train()
    else:
        runner.train()
    return seen, runner.optim_wrapper.get_lr()['lr'][0]


@pytest.mark.parametrize('stop', [1, 2, 3, 4])
def test_a_missed_validation_is_done(tmp_path, stop):
    """Interrupted between the checkpoint of an epoch and its validation."""
    seen, rate = run(tmp_path / 'whole')
    assert seen == [1, 2, 3, 4] and rate == pytest.approx(0.005)
    assert run(tmp_path / 'a', stop)[0] == list(range(1, stop))
    assert run(tmp_path / 'a', resume=True) == (list(range(stop, 5)), rate)
    assert_same(weights_of(tmp_path / 'a', 4), weights_of(tmp_path / 'whole', 4))
    for name in ('a', 'whole'):
        best = [each.name for each in (tmp_path / name).glob('best*')]
        assert best == ['best_score_epoch_1.pth']


def test_a_validation_in_the_checkpoint_is_not_repeated(tmp_path):
    """Epoch 1 is the best one: its checkpoint is written again afterwards."""
    run(tmp_path, epochs=1)
    state = torch.load(tmp_path / 'epoch_1.pth', weights_only=True)
    assert state['message_hub']['runtime_info']['last_validated_epoch'] == 1
    assert run(tmp_path, epochs=2, resume=True)[0] == [2]


def test_epochs_without_validation(tmp_path):
    """Every second epoch is validated; nothing is missing after the third."""
    loop = dict(type='EpochBasedTrainLoop', max_epochs=3, val_interval=2)
    every = dict(train_cfg=loop)
    run(tmp_path, **every)
    loop['max_epochs'] = 4
    (tmp_path / 'epoch_3.pth').rename(tmp_path / 'epoch_9.pth')
    (tmp_path / 'last_checkpoint').write_text(str(tmp_path / 'epoch_1.pth'))
    assert run(tmp_path, resume=True, **every)[0] == [2, 4]


def test_loops_without_epochs(tmp_path):
    runner = tiny_runner(
        tmp_path,
        hooks=[dict(type='ResumeValidationHook')],
        train_cfg=dict(type='IterBasedTrainLoop', max_iters=2),
    )
    runner.train()
