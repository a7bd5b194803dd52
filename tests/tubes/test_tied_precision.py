"""Expected AP over the orders of tied detections, compared with all orders."""

from itertools import permutations
from math import comb

import numpy as np
import pytest

from mmvkp.tubes import tied_precision
from mmvkp.tubes.average_precision import average_precision

from . import naive_tubes


def mean_of_all_orders(scores, matched, num_truths, protocol):
    """Mean AP of all permutations that sort the scores."""
    areas = []
    for order in permutations(range(len(scores))):
        ordered = [scores[i] for i in order]
        if ordered == sorted(ordered, reverse=True):
            hits = [matched[i] for i in order]
            areas.append(naive_tubes.area(hits, num_truths, protocol))
    return np.mean(areas)


def test_published_values():
    """A hit and a miss with one score: (100 + 25) / 2; two of each: 59.0."""
    assert average_precision([0.5, 0.5], [True, False], 1) == pytest.approx(62.5)
    assert average_precision([0.5] * 4, [True, False] * 2, 2) == pytest.approx(
        59.0, abs=0.05
    )
    # The envelope of a miss and a hit is 1/2.
    assert average_precision([0.5, 0.5], [True, False], 1, 'voc') == pytest.approx(75)


@pytest.mark.parametrize('protocol', ['act', 'voc'])
@pytest.mark.parametrize('seed', range(8))
def test_mean_of_all_orders(protocol, seed):
    rng = np.random.default_rng(seed)
    count = int(rng.integers(2, 8))
    scores = rng.integers(0, rng.integers(1, 4), count).tolist()
    matched = (rng.uniform(size=count) < 0.5).tolist()
    matched[0] = True
    truths = sum(matched) + int(rng.integers(3))
    assert average_precision(scores, matched, truths, protocol) == pytest.approx(
        mean_of_all_orders(scores, matched, truths, protocol)
    )


@pytest.mark.parametrize('protocol', ['act', 'voc'])
def test_large_blocks(protocol):
    """Blocks of up to 40 detections against random orders."""
    rng = np.random.default_rng(2)
    scores, matched = rng.integers(0, 3, 90), rng.uniform(size=90) < 0.4
    areas = []
    for _ in range(3000):
        order = rng.permutation(90)
        order = order[np.argsort(-scores[order], kind='stable')]
        areas.append(naive_tubes.area(matched[order].tolist(), 50, protocol))
    error = np.std(areas) / len(areas) ** 0.5
    expected = average_precision(scores, matched, 50, protocol)
    assert abs(expected - np.mean(areas)) < 4 * error < 0.3


def test_large_voc_blocks_are_close(monkeypatch):
    """Rounded precisions and random orders replace the exact sum."""
    blocks = tied_precision.make_blocks(np.zeros(90), np.arange(90) < 40)
    exact = tied_precision.expected_voc_area(blocks)
    monkeypatch.setattr(tied_precision, 'EXACT_STATES', 0)
    rounded = tied_precision.expected_voc_area(blocks)
    assert rounded == pytest.approx(exact, rel=2e-4)
    monkeypatch.setattr(tied_precision, 'ROUNDED_STATES', 0)
    sampled = tied_precision.expected_voc_area(blocks)
    assert sampled == pytest.approx(exact, rel=0.01)
    assert len({exact, rounded, sampled}) == 3
    assert sampled == tied_precision.expected_voc_area(blocks)


def test_probabilities_of_a_block():
    """Two hits and a miss: the first hit sees 1, 1, and 2/3 or 1/2 and 2/3."""
    values, mass, first = tied_precision._outcomes(2, 1, 0, 0)
    # Orders HHM, HMH, MHH: largest precision from each hit on.
    assert comb(3, 2) == 3
    np.testing.assert_allclose(values, [2 / 3, 1])
    np.testing.assert_allclose(first, [1 / 3, 2 / 3])
    np.testing.assert_allclose(mass, [(1 + 2) / 3, (2 + 1) / 3])


def test_constant_scores_of_a_large_test_set():
    """Half of 4,000 detections are hits: precision stays near 1/2."""
    scores, matched = np.zeros(4000), np.arange(4000) % 2 == 0
    for protocol in ('act', 'voc'):
        area = average_precision(scores, matched, 2000, protocol)
        assert area == pytest.approx(50, abs=1.5)
