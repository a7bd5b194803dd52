"""Key point shifts against a naive twin, and against numbers by hand."""

import itertools

import pytest
import torch

from mmvkp.kpsem.key_points import key_point_shifts

from .naive_regions import LINES, MAPS, lines_of, maps, naive_argmax, naive_mean


def naive_weighted_shifts(x, lines):
    """Equations 8 to 12, one pair of regions at a time."""
    n, c, t, _, width = x.shape
    index, means = naive_argmax(x, lines), naive_mean(x, lines)
    num_sets, num_regions = index.shape[3:]
    out = torch.zeros(n, c, t - 1, num_sets, num_regions, 2)
    everything = itertools.product(range(n), range(c), range(t - 1), range(num_sets))
    for b, ch, f, g in everything:
        spot = [
            [(k % width, k // width) for k in index[b, ch, f + d, g].tolist()]
            for d in (0, 1)
        ]
        value = [[x[b, ch, f + d, y, x_].item() for x_, y in spot[d]] for d in (0, 1)]
        level = torch.stack([means[b, ch, f, g], means[b, ch, f + 1, g]])
        importance = level.mean(0).softmax(0)
        for a in range(num_regions):
            match = torch.tensor(
                [1 / (abs(value[0][a] - value[1][k]) + 0.1) for k in range(num_regions)]
            ).softmax(0)
            for axis in (0, 1):
                shift = sum(
                    match[k] * (spot[1][k][axis] - spot[0][a][axis])
                    for k in range(num_regions)
                )
                out[b, ch, f, g, a, axis] = importance[a] * shift
    return out


@pytest.mark.parametrize('num_lines', [0, 1, 2, 3])
@pytest.mark.parametrize('place', LINES)
@pytest.mark.parametrize('kind', MAPS)
def test_fast_equals_naive(kind, place, num_lines):
    x = maps(kind, (2, 3, 3, 6, 7))
    lines = lines_of(place, 2, 3, 2, num_lines, 7, 6)
    torch.testing.assert_close(
        key_point_shifts(x, lines).weighted,
        naive_weighted_shifts(x, lines),
        atol=1e-4,
        rtol=1e-4,
    )


def test_one_bright_dot_by_hand():
    """A dot that moves from (1, 1) to (2, 1) in a 4 x 4 map, K = 1."""
    x = torch.zeros(1, 1, 2, 4, 4)
    x[0, 0, 0, 1, 1] = x[0, 0, 1, 1, 2] = 1
    found = key_point_shifts(x, torch.zeros(1, 2, 1, 2, 0))
    assert found.points[0, 0, :, 0, 0].tolist() == [[1, 1], [2, 1]]
    assert found.shifts.flatten().tolist() == [1, 0]
    assert found.weights.item() == 1


def test_four_regions_by_hand():
    """Equations 9 to 12 on a map whose numbers were worked out on paper.

    4 x 4 cells, split at (2, 2). Only the region top left has a dot, of
    value 1, in both frames; it moves one cell to the right. Differences to
    the next frame's key points are 0, 1, 1, 1: logits 10 and 1/1.1. The
    other regions are zero: their key points are their first cells (2, 0),
    (0, 2), (2, 2).
    """
    x = torch.zeros(1, 1, 2, 4, 4)
    x[0, 0, 0, 1, 0] = x[0, 0, 1, 1, 1] = 1
    lines = torch.full((1, 2, 1, 2, 1), 2.0)
    found = key_point_shifts(x, lines)
    same, other = torch.tensor(10.0).exp(), torch.tensor(1 / 1.1).exp()
    total = same + 3 * other
    shift_x = (same * 1 + other * (2 + 0 + 2)) / total - 0
    shift_y = (same * 1 + other * (0 + 2 + 2)) / total - 1
    torch.testing.assert_close(
        found.shifts[0, 0, 0, 0, 0], torch.stack([shift_x, shift_y])
    )
    # Means: 1/4 in the first region, 0 in the three others.
    first = torch.tensor(0.25).exp() / (torch.tensor(0.25).exp() + 3)
    torch.testing.assert_close(found.weights[0, 0, 0, 0, 0], first)


def test_given_key_points():
    """One region: the match and the weight are 1, so the shift is the difference."""
    x = torch.rand(1, 1, 2, 4, 4)
    points = torch.tensor([[0, 3], [3, 1]], dtype=torch.int32).view(1, 1, 2, 1, 1, 2)
    found = key_point_shifts(x, torch.zeros(1, 2, 1, 2, 0), points)
    assert torch.equal(found.points, points.float())
    assert found.weighted.flatten().tolist() == [3, -2]
