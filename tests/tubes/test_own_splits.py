"""Test videos of own annotations."""

import pytest

from mmvkp.tubes.own_splits import choose_test_videos


def tubes(*names):
    """One tube of videos named `CLASS NUMBER`."""
    return {name: {int(name[0]): [None]} for name in names}


def test_every_class_has_its_share():
    names = [f'{label} {i}' for label in range(3) for i in range(8)]
    chosen = choose_test_videos(tubes(*names), 0.25)
    assert [each[0] for each in chosen] == list('001122')
    assert choose_test_videos(tubes(*names), 0.25) == chosen
    assert choose_test_videos(tubes(*names), 0.25, seed=1) != chosen


def test_a_video_counts_as_its_most_frequent_class():
    found = tubes('0 a', '0 b')
    found.update({'1 x': {0: [None], 1: [None, None]}, '1 y': {1: [None]}})
    assert [each[0] for each in choose_test_videos(found, 0.5)] == ['0', '1']


def test_persons_are_not_divided():
    names = [f'0 person{p:02} {i}' for p in range(6) for i in range(4)]
    chosen = choose_test_videos(tubes(*names), 0.3)
    persons = {each[:10] for each in chosen}
    assert len(chosen) == 4 * len(persons) and 1 <= len(persons) <= 3


def test_a_share_that_leaves_nothing():
    with pytest.raises(ValueError, match='divides 1 videos into 1 for training and 0'):
        choose_test_videos(tubes('0 a'), 0.5)
