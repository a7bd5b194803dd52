"""Pair accuracy on labels counted by hand."""

import pytest
import torch
from mmaction.registry import METRICS


def evaluate(guesses, labels, **kwargs):
    metric = METRICS.build(dict(type='PairAccMetric', **kwargs))
    samples = [
        dict(
            pred_score=torch.nn.functional.one_hot(torch.tensor(guess), 6).float(),
            gt_label=torch.tensor([label]),
        )
        for guess, label in zip(guesses, labels)
    ]
    metric.process(None, samples[:2])
    metric.process(None, samples[2:])
    return metric.evaluate(len(samples))


def test_neighbours_are_pairs():
    # Right, reversed, other pair, right.
    found = evaluate([0, 3, 4, 1], [0, 2, 1, 1])
    assert found['pair/acc'] == 3 / 4
    # Pair (0, 1) has one 0 and two 1: two can be right; pair (2, 3) one.
    assert found['pair/order_blind_ceiling'] == 3 / 4


def test_balanced_pairs_halve():
    found = evaluate([0] * 6, [0, 1, 2, 3, 4, 5])
    assert found['pair/order_blind_ceiling'] == 0.5
    assert found['pair/acc'] == 2 / 6


def test_named_pairs_leave_the_others_single():
    found = evaluate([5, 1, 2, 3], [0, 2, 2, 3], pairs=[(0, 5)])
    assert found['pair/acc'] == 3 / 4
    assert found['pair/order_blind_ceiling'] == 1


def test_a_class_in_two_pairs():
    with pytest.raises(ValueError, match=r'names \[1\] more than once'):
        METRICS.build(dict(type='PairAccMetric', pairs=[(0, 1), (1, 2)]))


@pytest.mark.parametrize('pairs', [0, 'False', [1], [(0, 1, 2)], [('a', 'b')]])
def test_bad_pairs(pairs):
    with pytest.raises((TypeError, ValueError), match='PairAccMetric: pairs='):
        METRICS.build(dict(type='PairAccMetric', pairs=pairs))


@pytest.mark.parametrize('name', ['PairAccMetric', 'ComputeCostMetric'])
def test_bad_prefix(name):
    with pytest.raises(TypeError, match=f'{name}: prefix=3 is a int'):
        METRICS.build(dict(type=name, prefix=3))
