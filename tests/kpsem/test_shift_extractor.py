"""Key point shifts against a naive twin, and against numbers by hand."""

import itertools

import pytest
import torch

from mmvkp.kpsem.shift_extractor import AdaptiveRegionalShiftExtractor, key_point_shifts

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


@pytest.mark.parametrize('num_regions', [1, 4, 9, 16])
@pytest.mark.parametrize('size', [(6, 8), (14, 14)])
def test_extractor_shapes(num_regions, size):
    extractor = AdaptiveRegionalShiftExtractor(5, num_regions)
    out = extractor(torch.rand(2, 5, 4, *size))
    assert out.shape == (2, 5, 3, num_regions, 2)


@pytest.mark.parametrize('num_regions', [4, 9])
def test_every_parameter_gets_a_gradient(num_regions):
    extractor = AdaptiveRegionalShiftExtractor(6, num_regions)
    x = maps('random', (2, 6, 3, 8, 8))
    extractor(x).square().sum().backward()
    for name, param in extractor.named_parameters():
        assert param.grad.isfinite().all(), name
        assert param.grad.abs().sum() > 0, name


def test_lines_keep_one_cell_per_region_whatever_the_mlp_says():
    extractor = AdaptiveRegionalShiftExtractor(3, num_regions=16)
    for scale in (0.0, 10.0, 1e4, -1e4):
        torch.nn.init.normal_(extractor.mlp[2].weight, std=abs(scale))
        torch.nn.init.constant_(extractor.mlp[2].bias, scale)
        lines = extractor.separation_lines(torch.randn(2, 5, 3), (6, 9))
        for axis, size in ((0, 6), (1, 9)):
            edges = torch.cat(
                (torch.zeros(2, 5, 1), lines[:, :, axis], torch.full((2, 5, 1), size)),
                -1,
            )
            assert (edges.diff(dim=-1) >= 1 - 1e-4).all()


def test_sets_start_apart_and_the_same_each_time():
    offsets = torch.stack(
        [
            AdaptiveRegionalShiftExtractor(3, set_index=i).line_offsets.flatten()
            for i in range(8)
        ]
    )
    assert offsets.abs().max() <= 0.25
    assert torch.cdist(offsets, offsets)[~torch.eye(8, dtype=bool)].min() > 0.02
    torch.manual_seed(99)
    again = AdaptiveRegionalShiftExtractor(3, set_index=5).line_offsets
    assert torch.equal(again.flatten(), offsets[5])


def test_fixed_regions_have_no_parameters_and_stay():
    extractor = AdaptiveRegionalShiftExtractor(3, adaptive=False)
    assert not list(extractor.parameters())
    pooled = torch.randn(2, 4, 3)
    lines = extractor.separation_lines(pooled, (8, 6))
    expected = (0.5 + extractor.line_offsets.flatten()) * torch.tensor([8.0, 6.0])
    torch.testing.assert_close(lines.flatten(2), expected.expand(2, 4, 2))


def test_normalize_divides_by_the_size_of_the_map():
    torch.manual_seed(0)
    raw = AdaptiveRegionalShiftExtractor(3)
    torch.manual_seed(0)
    normalized = AdaptiveRegionalShiftExtractor(3, normalize=True)
    x = maps('random', (1, 3, 3, 6, 8))
    torch.testing.assert_close(raw(x) / torch.tensor([8.0, 6.0]), normalized(x))


def test_a_still_clip_has_no_weighted_motion_for_one_region():
    frame = maps('random', (1, 3, 1, 6, 6))
    extractor = AdaptiveRegionalShiftExtractor(3, num_regions=1)
    assert extractor(frame.expand(-1, -1, 4, -1, -1)).abs().max() == 0


@pytest.mark.parametrize(
    'kwargs, error, message',
    [
        (dict(num_regions=5), ValueError, 'num_regions=5 is no square number'),
        (dict(num_regions=0), ValueError, r'num_regions=0 is outside \[1, inf\)'),
        (dict(num_regions=4.0), TypeError, 'num_regions=4.0 is a float'),
        (dict(hidden_channels=0), ValueError, 'hidden_channels=0'),
    ],
)
def test_bad_arguments(kwargs, error, message):
    with pytest.raises(error, match=message):
        AdaptiveRegionalShiftExtractor(3, **kwargs)


def test_bad_maps():
    extractor = AdaptiveRegionalShiftExtractor(3, num_regions=9)
    with pytest.raises(ValueError, match='T=1 frame; a shift needs two'):
        extractor(torch.rand(1, 3, 1, 8, 8))
    with pytest.raises(ValueError, match='the map has 2 x 8 cells'):
        extractor(torch.rand(1, 3, 2, 2, 8))
