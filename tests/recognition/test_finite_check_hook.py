"""A run stops at the first non-finite value, with intact weights."""

from types import SimpleNamespace

import pytest
import torch
from mmaction.evaluation import AccMetric
from mmaction.registry import HOOKS
from mmaction.structures import ActionDataSample
from mmengine.evaluator import Evaluator
from mmengine.optim import AmpOptimWrapper

from mmvkp.recognition.checkpoint_file import load_tensors
from mmvkp.recognition.finite_check_hook import FiniteCheckHook
from tests.recognition.tiny_training import assert_same, tiny_runner

NAN = float('nan')
HOOK = dict(type='FiniteCheckHook')


def stopped(folder, match, data=None, change=None, **options):
    """State of a training that stops, and the state before the bad iteration."""
    runner = tiny_runner(folder, hooks=[dict(type='SampleSeedHook'), HOOK], **options)
    if data:
        runner._train_dataloader['dataset'] = dict(type='TinySet', bad=data)
    before = {}

    original = runner.call_hook

    def call(name, **kwargs):
        if name == 'before_train_iter':
            state = runner.model.state_dict()
            before.update({k: v.clone() for k, v in state.items()})
            if change:
                change(runner)
        original(name, **kwargs)

    runner.call_hook = call
    with pytest.raises(FloatingPointError, match=match):
        runner.train()
    after = runner.model.state_dict()
    for state in (before, after):
        state.pop('norm.num_batches_tracked')
    return before, after


@pytest.mark.parametrize('bad', [NAN, float('inf')])
def test_a_loss_stops_the_run(tmp_path, bad):
    """Also the statistics of the norm layer are those before the iteration."""
    match = r'loss is not finite \(loss_sum\) in epoch 1, iteration \d.*\b5\.mp4'
    before, after = stopped(tmp_path, match, data=bad)
    assert_same(before, after)
    assert all(value.isfinite().all() for value in after.values())


def test_a_gradient_stops_the_run(tmp_path):
    """The loss is finite."""

    def change(runner):
        if runner.iter == 3:
            weight = runner.model.fc.weight
            weight.register_hook(lambda grad: grad * float('inf'))

    match = r'gradient of fc.weight is not finite \(1 in all\) in epoch 2, iteration 4'
    assert_same(*stopped(tmp_path, match, change=change))


def test_the_compiler_may_remove_the_hooks_of_optimisers(tmp_path, monkeypatch):
    """As `torch._dynamo` does before torch 2.2, for all optimisers of the process."""
    step = torch.optim.SGD.step.__wrapped__
    monkeypatch.setattr(step, 'hooked', True, raising=False)
    monkeypatch.setattr(torch.optim.SGD, 'step', step)
    test_a_gradient_stops_the_run(tmp_path)


def test_finite_values_change_nothing(tmp_path):
    for name, hooks in (('a', []), ('b', [HOOK])):
        tiny_runner(
            tmp_path / name, hooks=[dict(type='SampleSeedHook'), *hooks]
        ).train()
    first, second = (
        load_tensors(tmp_path / name / 'epoch_3.pth')['state_dict'] for name in 'ab'
    )
    assert_same(first, second)


def test_a_gradient_scaler_skips_a_few_steps():
    """Without a GPU torch disables the scaler, so that it is replaced here."""
    wrapper = AmpOptimWrapper.__new__(AmpOptimWrapper)
    wrapper.loss_scaler = SimpleNamespace(is_enabled=lambda: True)
    runner = SimpleNamespace(optim_wrapper=wrapper)
    hook, model = FiniteCheckHook(max_skipped=2), torch.nn.Linear(1, 1)
    bad, good = dict(loss=torch.tensor(NAN)), dict(loss=torch.tensor(1.0))
    for losses in (bad, bad, good, bad, bad):
        hook._check_losses(runner, model, losses)
    with pytest.raises(FloatingPointError, match='in 3 iterations in a row'):
        hook._check_losses(runner, model, bad)
    wrapper.loss_scaler = SimpleNamespace(is_enabled=lambda: False)
    with pytest.raises(FloatingPointError, match='the loss is not finite'):
        FiniteCheckHook()._check_losses(runner, model, bad)


def samples():
    """Three videos, all classified correctly; the second prediction is NaN."""
    scores = ([0.9, 0.1], [NAN, NAN], [0.2, 0.8])
    return [
        ActionDataSample(metainfo=dict(filename=f'{i}.mp4'))
        .set_pred_score(torch.tensor(score))
        .set_gt_label(label)
        for i, (score, label) in enumerate(zip(scores, (0, 0, 1)))
    ]


def outcome(action):
    """Result of a test loop, and what was logged."""
    said = []
    evaluator = Evaluator(AccMetric(metric_options=dict(top_k_accuracy=dict(topk=1))))
    loop = SimpleNamespace(evaluator=evaluator, dataloader=SimpleNamespace(dataset=[1]))
    runner = SimpleNamespace(
        test_loop=loop, logger=SimpleNamespace(warning=said.append)
    )
    hook = FiniteCheckHook(action=action)
    for _ in range(2):
        hook.before_test(runner)
    evaluator.process(data_samples=samples(), data_batch=None)
    result = evaluator.evaluate(3)
    hook.after_test_epoch(runner)
    return result, said


def test_a_prediction_stops_the_test():
    with pytest.raises(FloatingPointError, match=r"for 1\.mp4 is not .*'report'"):
        outcome('raise')


def test_predictions_count_as_wrong_and_are_listed():
    """NaN counted as class 0 before: argsort puts it last."""
    result, said = outcome('report')
    assert result['acc/top1'] == pytest.approx(2 / 3)
    assert len(said) == 1 and '1 predictions are not finite' in said[0]
    assert said[0].endswith('  1.mp4')


@pytest.mark.parametrize(
    'options, message',
    [
        (dict(action='skip'), "action='skip' is not known; choose one of"),
        (dict(max_skipped=0), 'max_skipped=0'),
        (dict(max_listed='3'), "max_listed='3'"),
    ],
)
def test_wrong_arguments(options, message):
    with pytest.raises((TypeError, ValueError), match=message):
        HOOKS.build(dict(HOOK, **options))
