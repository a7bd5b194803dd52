"""Cells of maps: order and scaling by hand, features against a loop."""

import mmvkp  # noqa: F401, isort: skip
import pytest
import torch

from mmvkp.aknet.cells import (
    best_in_order,
    min_max,
    rank_cells,
    rank_tables,
    take_cells,
)


def test_order_by_hand():
    """Sums x + y + 2 t of a map 2 x 2 x 3, from 5 down to 0."""
    assert rank_cells(2, 2, 3, 2).tolist() == [
        11,  # (1, 1, 2)
        8, 10,  # (1, 0, 2), (1, 1, 1)
        5, 7, 9,  # (0, 1, 2), (1, 0, 1), (1, 1, 0)
        2, 4, 6,  # (0, 0, 2), (0, 1, 1), (1, 0, 0)
        1, 3, 0
    ]  # yapf: disable
    order, rank = rank_tables(2, 2, 3, 2)
    assert rank[order].tolist() == list(range(12))


@pytest.mark.parametrize('other', [0.0, -float('inf'), float('inf'), float('nan')])
def test_best_in_order_against_a_sort(other):
    """Many equal scores, of which the first positions are selected."""
    generator = torch.Generator().manual_seed(0)
    scores = torch.randint(0, 4, (3, 20), generator=generator).float()
    scores[0, 5] = scores[0, 11] = scores[2, 3] = other
    order = torch.randperm(20, generator=generator)
    rank = order.argsort()

    def by_score(values, position):
        value = values[position]
        return (value == value, -value, position)  # nan first

    for number in range(1, 21):
        wanted = [
            sorted(
                sorted(range(20), key=lambda i: by_score(values, i))[:number],
                key=order.tolist().index,
            )
            for values in scores.tolist()
        ]
        assert best_in_order(scores, number, order, rank).tolist() == wanted


def test_min_max_by_hand():
    heatmap = torch.tensor([[[[-1.0, 3.0], [1.0, 0.0]]], [[[2.0, 2.0], [2.0, 2.0]]]])
    assert min_max(heatmap).tolist() == [
        [[[0.0, 1.0], [0.5, 0.25]]],
        [[[0.0, 0.0], [0.0, 0.0]]],
    ]
    largest = torch.finfo().max
    assert min_max(torch.tensor([[[[-largest, largest, 0.0]]]])).tolist() == [
        [[[0.0, 1.0, 0.5]]]
    ]


@pytest.mark.parametrize('last', [False, True])
def test_take_cells(last):
    torch.manual_seed(0)
    x = torch.rand(2 * 3, 5, 4, 7)
    index = torch.stack([torch.randperm(3 * 4 * 7)[:9] for _ in range(2)])
    if last:
        x = x.contiguous(memory_format=torch.channels_last)
    taken = take_cells(x.unflatten(0, (-1, 3)), index)
    assert taken.shape == (2, 5, 9)
    for clip, cells in enumerate(index.tolist()):
        for place, cell in enumerate(cells):
            t, y, column = cell // 28, cell % 28 // 7, cell % 7
            wanted = x[3 * clip + t, :, y, column]
            assert torch.equal(taken[clip, :, place], wanted)
