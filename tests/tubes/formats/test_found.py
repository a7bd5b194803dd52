"""Gaps in tracks, names of classes, and counts."""

import numpy as np
import pytest

from mmvkp.tubes.formats.found import Found, name_numbers, split_at_gaps


def test_gaps_are_interpolated_or_split_the_track():
    rows = np.array([[frame, *[10.0 * frame] * 4] for frame in (2, 4, 8)])
    first, second = split_at_gaps(rows, 1)
    assert first.dtype == np.float32
    assert first[:, :2].tolist() == [[2, 20], [3, 30], [4, 40]]
    assert second.tolist() == [[8, 80, 80, 80, 80]]
    assert [len(tube) for tube in split_at_gaps(rows, 0)] == [1, 1, 1]
    assert [len(tube) for tube in split_at_gaps(rows, 3)] == [7]


def _classes(uses, label_map=None, first=1):
    found = Found()
    name_numbers(uses, label_map, found, first)
    return found


USES = [(2, 'Walk/b', 'x'), (1, 'Run/a', 'y'), (2, 'Walk/c', 'z')]


def test_names_of_folders():
    found = _classes(USES)
    assert found.labels == ['Run', 'Walk'] and found.index == {1: 0, 2: 1}
    assert not found.faults
    found = _classes([(2, 'Walk/b', 'x')])
    assert 'x: class 2, but no video has class 1' in found.faults[0]
    found = _classes([(0, 'Walk/b', 'x'), (1, 'Run/b', 'y')], first=0)
    assert found.labels == ['Walk', 'Run'] and not found.faults


def test_numbers_of_a_label_map_count():
    found = _classes([(4, 'a/b', 'x')], {2: 'sit', 4: 'run', 9: 'go'})
    assert found.labels == ['sit', 'run', 'go'] and found.index[4] == 1
    found = _classes([(0, 'a/b', 'x')], {1: 'sit', 2: 'run'}, first=0)
    assert found.index[0] == 0 and found.index[1] == 1
    found = _classes(USES, {1: 'go'})
    assert 'x: class 2 has no name; --labels has 1' in found.faults[0]


def test_classes_given_by_name():
    found = _classes([('run', 'v', 'x'), ('Sit up', 'w', 'y')])
    assert found.labels == ['Sit up', 'run']
    found = _classes([('run', 'v', 'x')], {1: 'go', 2: 'run'})
    assert found.index['run'] == 1
    found = _classes([('run', 'v', 'x'), (1, 'a/w', 'y')])
    assert "x: class 'run' is a name, but class 1 in y is a number" in found.faults[0]


@pytest.mark.parametrize('gap, rows', [(0, 2), (5, 7)])
def test_counts_of_a_track(gap, rows):
    found = Found()
    found.add('v', 'a', {1: np.zeros(4), 7: np.ones(4)}, gap)
    assert found.rows == rows
    found.leave_out('shapes', 'too small', 'line 3', 2)
    found.leave_out('shapes', 'too small', 'line 9')
    assert found.tally.table().split()[-8:] == [
        'tracks',
        '1',
        '1',
        '0',
        'shapes',
        '5',
        '2',
        '3',
    ]
    assert found.tally.reasons() == ['left out: 3 shapes: too small (first: line 3)']
