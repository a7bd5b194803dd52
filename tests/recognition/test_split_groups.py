"""Split of grouped videos."""

from collections import Counter

import pytest

from mmvkp.recognition.split_groups import split_groups


def counts(labels, groups, val=0.2, test=0.2, seed=0):
    """Videos by class and split."""
    found = split_groups(labels, groups, val, test, seed)
    return Counter(zip(labels, found)), found


@pytest.mark.parametrize(
    'number, expected',
    [
        (1, (1, 0, 0)),
        (2, (1, 1, 0)),
        (3, (1, 1, 1)),
        (5, (3, 1, 1)),
        (10, (6, 2, 2)),
        (13, (7, 3, 3)),
        (100, (60, 20, 20)),
    ],
)
def test_shares_without_groups_are_exact(number, expected):
    labels = ['a'] * number + ['b'] * 10
    found, _ = counts(labels, range(len(labels)))
    assert tuple(found['a', each] for each in ('train', 'val', 'test')) == expected
    assert tuple(found['b', each] for each in ('train', 'val', 'test')) == (6, 2, 2)


def test_groups_are_not_divided_and_classes_are_balanced():
    # 25 persons do each of 4 actions 3 times, one person more often.
    names = [(f'p{p}', action) for p in range(25) for action in 'abcd' for _ in '123']
    names += [('p0', 'a')] * 20
    groups, labels = zip(*names)
    found, splits = counts(labels, groups)
    places = {}
    for group, split in zip(groups, splits):
        assert places.setdefault(group, split) == split
    for label in 'abcd':
        total = labels.count(label)
        for split, share in (('train', 0.6), ('val', 0.2), ('test', 0.2)):
            assert abs(found[label, split] - share * total) <= 0.1 * total


def test_seeds():
    labels = ['a'] * 20
    splits = [split_groups(labels, range(20), 0.2, 0.2, seed) for seed in (0, 0, 1)]
    assert splits[0] == splits[1] != splits[2]


def test_no_validation_or_no_test():
    assert set(split_groups(['a'] * 9, range(9), 0, 0)) == {'train'}
    assert set(split_groups(['a'] * 9, range(9), 0.3, 0)) == {'train', 'val'}
    assert set(split_groups(['a'] * 9, range(9), 0, 0.3)) == {'train', 'test'}


@pytest.mark.parametrize(
    'val, test', [(1, 0), (-0.5, 0), (20, 0), (0, 1.5), (0.5, 0.5)]
)
def test_bad_shares(val, test):
    with pytest.raises(ValueError, match=r'is outside|sum must be below'):
        split_groups(['a', 'b'], [1, 2], val, test)
