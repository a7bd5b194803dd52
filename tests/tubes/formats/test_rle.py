"""Masks with run lengths."""

import numpy as np
import pytest

from mmvkp.tubes.formats.rle import decode_runs, hull_of_runs


def test_runs_of_a_text():
    """6 = 0b00110; the fourth number is stored as its difference, 4 - 1 = 3."""
    assert decode_runs('6133') == [6, 1, 3, 4]
    # 40 = 0b01000 with a mark, then 1: 8 + 32 = 40 -> 'X' and '1'.
    assert decode_runs('X1') == [40]
    with pytest.raises(ValueError, match='not a run length code'):
        decode_runs('X')


@pytest.mark.parametrize(
    'runs, hull',
    [
        ([5, 2, 5], [1, 1, 1, 2]),  # rows 1 and 2 of column 1, of 4 rows
        ([3, 2, 7], [0, 0, 1, 3]),  # over the end of a column
        ([0, 12], [0, 0, 2, 3]),
        ([1, 1, 8, 1, 1], [0, 1, 2, 2]),
        ([12], None),
    ],
)
def test_hulls(runs, hull):
    found = hull_of_runs(runs, 4, 3)
    assert hull is None if found is None else found.tolist() == hull


def test_runs_of_another_size():
    with pytest.raises(ValueError, match='has not 4 x 3 pixels'):
        hull_of_runs([5, 2], 4, 3)


@pytest.mark.parametrize('seed', range(5))
def test_random_masks(seed):
    mask = np.random.default_rng(seed).random((7, 9)) < 0.1
    flat = mask.T.ravel().astype(int)
    edges = np.flatnonzero(np.diff(flat)) + 1
    runs = np.diff([0, *edges, flat.size]).tolist()
    runs = [0, *runs] if flat[0] else runs
    rows, columns = np.nonzero(mask)
    expected = [columns.min(), rows.min(), columns.max(), rows.max()]
    assert hull_of_runs(runs, 7, 9).tolist() == expected
