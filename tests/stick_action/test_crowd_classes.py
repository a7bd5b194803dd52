"""Pairs of primitives, and the ceiling of models that ignore the hat."""

from collections import Counter
from fractions import Fraction
from itertools import combinations, product

import pytest

from mmvkp.stick_action import crowd_classes
from mmvkp.stick_action.crowd_classes import (
    PAIRS,
    PRIMITIVES,
    actor_blind_ceiling,
    companions,
    crowd_class_names,
)


def test_each_class_has_its_reversal():
    names = crowd_class_names()
    assert len(set(names)) == len(names) == 16
    for forward, backward in zip(names[::2], names[1::2]):
        assert forward.split('-') == backward.split('-')[::-1]


def test_no_primitive_gives_a_class_away():
    counts = Counter(part for pair in PAIRS for part in pair)
    assert set(counts) == set(PRIMITIVES) and set(counts.values()) == {2}


@pytest.mark.parametrize('name', crowd_class_names())
def test_the_figures_of_a_clip_share_no_primitive(name):
    pairs = [tuple(name.split('-')), *companions(name)]
    assert sorted(part for pair in pairs for part in pair) == sorted(PRIMITIVES)


@pytest.mark.parametrize('count', [1, 2, 3, 4])
def test_the_actor_blind_ceiling_by_enumeration(count):
    """Bayes' rule over all actors, companions and their orders."""
    names, seen = crowd_class_names(), {}
    for name in names:
        chosen = list(combinations(companions(name), count - 1))
        for pairs, turns in product(chosen, product((1, -1), repeat=count - 1)):
            others = ['-'.join(pair[::way]) for pair, way in zip(pairs, turns)]
            chance = Fraction(1, len(names) * len(chosen) * 2 ** (count - 1))
            found = seen.setdefault(frozenset([name, *others]), Counter())
            found[name] += chance
    best = sum(max(found.values()) for found in seen.values())
    assert best == Fraction(1, count)
    assert actor_blind_ceiling([count]) == pytest.approx(float(best))


def test_the_ceiling_is_a_mean_over_the_numbers_of_figures():
    assert actor_blind_ceiling(range(2, 4)) == pytest.approx((1 / 2 + 1 / 3) / 2)


def test_an_unknown_class_is_refused():
    with pytest.raises(ValueError, match="crowd: the class 'kick' is unknown; allowed"):
        crowd_classes.primitives_of('kick')
