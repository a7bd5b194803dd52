"""Gaps in tracks, and names of classes."""

import numpy as np
import pytest

from mmvkp.tubes.formats.found import (
    Found,
    names_of_folders,
    read_labels,
    split_at_gaps,
)


def test_gaps_are_interpolated_or_split_the_track():
    boxes = {frame: np.full(4, 10.0 * frame) for frame in (2, 4, 8)}
    first, second = split_at_gaps(boxes, 1)
    assert first.dtype == np.float32
    assert first[:, :2].tolist() == [[2, 20], [3, 30], [4, 40]]
    assert second.tolist() == [[8, 80, 80, 80, 80]]
    assert [len(tube) for tube in split_at_gaps(boxes, 0)] == [1, 1, 1]
    assert [len(tube) for tube in split_at_gaps(boxes, 3)] == [7]


def test_labels_of_both_kinds_of_files(tmp_path):
    path = tmp_path / 'names.txt'
    path.write_text('run\n\n sit \n')
    assert read_labels(path) == {1: 'run', 2: 'sit'}
    path.write_text('\n')
    with pytest.raises(ValueError, match='holds no names'):
        read_labels(path)
    path = tmp_path / 'a.pbtxt'
    path.write_text('label { name: "run" label_id: 7 }')
    assert read_labels(path) == {7: 'run'}
    path.write_text('item { name: "run" } item { id: 1 name: "sit" }')
    with pytest.raises(ValueError, match='2 names and 1 ids'):
        read_labels(path)


def test_names_of_folders():
    found = Found()
    uses = [(1, 'Walk/b', 'x'), (0, 'Run/a', 'y'), (1, 'Walk/c', 'z')]
    assert names_of_folders(uses, None, found) == ['Run', 'Walk']
    assert names_of_folders(uses, ['go', 'come', 'sit'], found) == ['go', 'come', 'sit']
    assert not found.faults
    names_of_folders(uses, ['go'], found)
    assert 'x: class 2 has no name; --labels has 1' in found.faults[0]
    found = Found()
    names_of_folders([(1, 'Walk/b', 'x')], None, found)
    assert 'class 2, but no video has class 1; classes count from 1' in found.faults[0]
