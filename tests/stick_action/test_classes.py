"""Class names, pairs and the order-blind ceiling."""

import pytest

from mmvkp.stick_action.classes import (
    CLASSES,
    REVERSAL_PAIRS,
    class_names,
    is_reversed,
    order_blind_ceiling,
    partner,
)


def test_classes_and_pairs():
    assert len(CLASSES) == len(set(CLASSES)) == 12
    assert REVERSAL_PAIRS == ((0, 1), (2, 3), (4, 5), (6, 7), (8, 9), (10, 11))
    assert class_names() == CLASSES
    assert class_names(True) == CLASSES + ('wave-slow', 'wave-fast')


def test_partners_are_mutual_and_one_of_them_is_reversed():
    for first, second in REVERSAL_PAIRS:
        one, other = CLASSES[first], CLASSES[second]
        assert (partner(one), partner(other)) == (other, one)
        assert (is_reversed(one), is_reversed(other)) == (False, True)
    assert partner('wave-slow') == 'wave-slow' and not is_reversed('wave-slow')


def test_ceiling_by_hand():
    assert order_blind_ceiling([0, 1], [(0, 1)]) == 0.5
    assert order_blind_ceiling([0, 0, 0, 1], [(0, 1)]) == 0.75
    # Two of three in the pair and both clips of class 2.
    assert order_blind_ceiling([0, 1, 1, 2, 2], [(0, 1)]) == 0.8
    assert order_blind_ceiling([5, 7], [(0, 1)]) == 1
    assert order_blind_ceiling(list(range(12)) * 3, REVERSAL_PAIRS) == 0.5
    assert order_blind_ceiling(range(14), REVERSAL_PAIRS) == (12 * 0.5 + 2) / 14


def test_bad_arguments():
    with pytest.raises(ValueError, match='labels is empty'):
        order_blind_ceiling([], REVERSAL_PAIRS)
    with pytest.raises(ValueError, match='each class in one pair only'):
        order_blind_ceiling([0, 1, 2], [(0, 1), (1, 2)])
