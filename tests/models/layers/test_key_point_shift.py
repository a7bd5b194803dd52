"""The fast extractor against a naive twin, and against numbers by hand."""
import itertools

import pytest
import torch

from mmvkp.models.layers.key_point_shift import (
    AdaptiveRegionalShiftExtractor, key_point_shifts, region_argmax,
    regional_mean)

# ----------------------------------------------------------------------
# The naive twin: one region of one channel of one frame at a time, written
# from the equations with none of the package's code.


def regions(lines, width, height):
    """Yield (x0, x1, y0, y1), fractional, row-major; lines is (2, L)."""
    xs = [0.] + lines[0].tolist() + [float(width)]
    ys = [0.] + lines[1].tolist() + [float(height)]
    for i, j in itertools.product(range(len(ys) - 1), range(len(xs) - 1)):
        yield xs[j], xs[j + 1], ys[i], ys[i + 1]


def naive_argmax(x, lines):
    n, c, t, height, width = x.shape
    num_sets, splits = lines.shape[2], lines.shape[4] + 1
    out = torch.zeros(n, c, t, num_sets, splits**2, dtype=torch.long)
    for b, f, g in itertools.product(range(n), range(t), range(num_sets)):
        for k, (x0, x1, y0,
                y1) in enumerate(regions(lines[b, f, g], width, height)):
            cells = [(i, j) for i in range(height) for j in range(width)
                     if x0 <= j + 0.5 < x1 and y0 <= i + 0.5 < y1]
            for ch in range(c):
                best = cells[0]
                for cell in cells[1:]:
                    if x[b, ch, f][cell] > x[b, ch, f][best]:
                        best = cell
                out[b, ch, f, g, k] = best[0] * width + best[1]
    return out


def naive_mean(x, lines):
    n, c, t, height, width = x.shape
    num_sets, splits = lines.shape[2], lines.shape[4] + 1
    out = torch.zeros(n, c, t, num_sets, splits**2, dtype=torch.double)
    for b, f, g in itertools.product(range(n), range(t), range(num_sets)):
        for k, (x0, x1, y0,
                y1) in enumerate(regions(lines[b, f, g], width, height)):
            total = torch.zeros(c, dtype=torch.double)
            for i, j in itertools.product(range(height), range(width)):
                overlap = max(0.,
                              min(x1, j + 1) - max(x0, j)) * max(
                                  0.,
                                  min(y1, i + 1) - max(y0, i))
                total += overlap * x[b, :, f, i, j].double()
            out[b, :, f, g, k] = total / ((x1 - x0) * (y1 - y0))
    return out


def naive_weighted_shifts(x, lines):
    """Equations 8 to 12, one pair of regions at a time."""
    n, c, t, _, width = x.shape
    index, means = naive_argmax(x, lines), naive_mean(x, lines)
    num_sets, num_regions = index.shape[3:]
    out = torch.zeros(n, c, t - 1, num_sets, num_regions, 2)
    everything = itertools.product(
        range(n), range(c), range(t - 1), range(num_sets))
    for b, ch, f, g in everything:
        spot = [[(k % width, k // width)
                 for k in index[b, ch, f + d, g].tolist()] for d in (0, 1)]
        value = [[x[b, ch, f + d, y, x_].item() for x_, y in spot[d]]
                 for d in (0, 1)]
        level = torch.stack([means[b, ch, f, g], means[b, ch, f + 1, g]])
        importance = level.mean(0).softmax(0)
        for a in range(num_regions):
            match = torch.tensor([
                1 / (abs(value[0][a] - value[1][k]) + 0.1)
                for k in range(num_regions)
            ]).softmax(0)
            for axis in (0, 1):
                shift = sum(match[k] * (spot[1][k][axis] - spot[0][a][axis])
                            for k in range(num_regions))
                out[b, ch, f, g, a, axis] = importance[a] * shift
    return out


def maps(kind, shape):
    """Maps that are random, constant, full of ties, or signed zeros."""
    generator = torch.Generator().manual_seed(len(kind))
    if kind == 'random':
        return torch.randn(shape, generator=generator)
    if kind == 'constant':
        return torch.full(shape, -1.5)
    if kind == 'tied':
        return torch.randint(-1, 2, shape, generator=generator).float()
    zeros = torch.zeros(shape)
    return torch.where(
        torch.rand(shape, generator=generator) < .5, zeros, -zeros)


def lines_of(kind, n, t, num_sets, num_lines, width, height):
    """Lines anywhere, on the borders of cells, or pressed to the edge."""
    generator = torch.Generator().manual_seed(num_lines)
    out = torch.zeros(n, t, num_sets, 2, num_lines)
    for axis, size in ((0, width), (1, height)):
        free = size - num_lines - 1
        draw = torch.rand(n, t, num_sets, num_lines, generator=generator)
        if kind == 'cell borders':
            draw = (draw * (free + 1)).floor().clamp(max=free)
        elif kind == 'cell centres':
            draw = (draw * free).floor().clamp(max=free - 1) + .5
        elif kind == 'edge':
            draw = (draw < 0.5).float() * free
        else:
            draw = draw * free
        rank = torch.arange(num_lines)
        out[..., axis, :] = 1 + draw.sort(-1).values + rank
    return out


LINES = ('anywhere', 'cell borders', 'cell centres', 'edge')
MAPS = ('random', 'constant', 'tied', 'signed zeros')


@pytest.mark.parametrize('num_lines', [0, 1, 2, 3])
@pytest.mark.parametrize('place', LINES)
@pytest.mark.parametrize('kind', MAPS)
def test_fast_equals_naive(kind, place, num_lines):
    x = maps(kind, (2, 3, 3, 6, 7))
    lines = lines_of(place, 2, 3, 2, num_lines, 7, 6)
    assert torch.equal(region_argmax(x, lines), naive_argmax(x, lines))
    torch.testing.assert_close(
        regional_mean(x, lines).double(),
        naive_mean(x, lines),
        atol=1e-5,
        rtol=1e-5)
    torch.testing.assert_close(
        key_point_shifts(x, lines).weighted,
        naive_weighted_shifts(x, lines),
        atol=1e-4,
        rtol=1e-4)


@pytest.mark.parametrize('size', [(2, 2), (3, 14), (9, 4)])
def test_fast_equals_naive_on_other_sizes(size):
    height, width = size
    x = maps('random', (1, 2, 2, height, width))
    lines = lines_of('anywhere', 1, 2, 3, 1, width, height)
    assert torch.equal(region_argmax(x, lines), naive_argmax(x, lines))


@pytest.mark.filterwarnings('ignore')
def test_traced_equals_eager():
    """MMAction2's FLOPs counter traces, and a bit view cannot be."""

    class Find(torch.nn.Module):

        def forward(self, x, lines):
            return region_argmax(x, lines)

    lines = lines_of('anywhere', 2, 3, 2, 1, 7, 6)
    x = maps('random', (2, 3, 3, 6, 7))
    traced = torch.jit.trace(Find(), (x, lines))
    for kind in MAPS:
        other = maps(kind, (2, 3, 3, 6, 7))
        assert torch.equal(traced(other, lines), naive_argmax(other, lines))
    # Neighbouring, denormal, huge and infinite numbers; NaN is the largest.
    tiny = torch.tensor(1e-45)
    steps = torch.tensor([
        -float('inf'), -3e38, -1., -1 + 2**-24, -tiny, 0., tiny, 2 * tiny,
        1e-38, 1., 1 + 2**-23, 3e38, float('inf')
    ])
    for order in (steps, steps.flip(0)):
        row = order.view(1, 1, 1, 1, -1).expand(1, 1, 2, 1, -1)
        no_lines = torch.zeros(1, 2, 1, 2, 0)
        find = torch.jit.trace(Find(), (row, no_lines))
        for cut in range(1, len(steps)):
            part = torch.where(row > steps[cut], steps[0], row)
            assert torch.equal(
                find(part, no_lines), naive_argmax(part, no_lines))


@pytest.mark.parametrize('dtype', [torch.half, torch.bfloat16, torch.double])
def test_other_precisions_find_the_same_points(dtype):
    x = maps('tied', (1, 2, 2, 6, 6)).to(dtype)
    lines = lines_of('anywhere', 1, 2, 2, 1, 6, 6)
    assert torch.equal(region_argmax(x, lines), naive_argmax(x.float(), lines))


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
    lines = torch.full((1, 2, 1, 2, 1), 2.)
    found = key_point_shifts(x, lines)
    same, other = torch.tensor(10.).exp(), torch.tensor(1 / 1.1).exp()
    total = same + 3 * other
    shift_x = (same * 1 + other * (2 + 0 + 2)) / total - 0
    shift_y = (same * 1 + other * (0 + 2 + 2)) / total - 1
    torch.testing.assert_close(found.shifts[0, 0, 0, 0, 0],
                               torch.stack([shift_x, shift_y]))
    # Means: 1/4 in the first region, 0 in the three others.
    first = torch.tensor(.25).exp() / (torch.tensor(.25).exp() + 3)
    torch.testing.assert_close(found.weights[0, 0, 0, 0, 0], first)


def test_regional_mean_is_linear_in_a_line():
    """A unit column right of the line enters with what the line covers."""
    x = torch.zeros(1, 1, 2, 2, 4)
    x[..., 2] = 1
    lines = torch.tensor([2.25, 1.]).view(1, 1, 1, 2, 1).repeat(1, 2, 1, 1, 1)
    lines.requires_grad_()
    mean = regional_mean(x, lines)
    # Left of the line 2.25 cells, of which 0.25 are bright; right of it 1.75
    # cells, of which 0.75 are.
    torch.testing.assert_close(
        mean[0, 0, 0, 0],
        torch.tensor([.25 / 2.25, .75 / 1.75, .25 / 2.25, .75 / 1.75]))
    mean[0, 0, 0, 0, 0].backward()
    # d/dl of (l - 2) / l is 2 / l^2; the other axis has no contrast.
    torch.testing.assert_close(lines.grad[0, 0, 0].flatten(),
                               torch.tensor([2 / 2.25**2, 0.]))


def test_gradient_of_the_mean_is_that_of_finite_differences():
    x = maps('random', (1, 2, 2, 5, 5)).double().requires_grad_()
    lines = lines_of('anywhere', 1, 2, 1, 2, 5, 5).double()
    lines.requires_grad_()

    def in_double(x, lines):
        # `regional_mean` computes in float32; its arithmetic is the same.
        return regional_mean(x, lines).double()

    mean = in_double(x, lines)
    direction = torch.rand_like(mean)
    grad_x, grad_lines = torch.autograd.grad((mean * direction).sum(),
                                             (x, lines))
    step = 1e-3
    for tensor, grad in ((x, grad_x), (lines, grad_lines)):
        move = torch.rand_like(tensor)
        with torch.no_grad():
            moved = [
                in_double(*((tensor + s * move,
                             lines) if tensor is x else (x,
                                                         tensor + s * move)))
                for s in (step, -step)
            ]
        numeric = ((moved[0] - moved[1]) * direction).sum() / (2 * step)
        torch.testing.assert_close(
            (grad * move).sum(), numeric, rtol=2e-2, atol=2e-3)


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
    for scale in (0., 10., 1e4, -1e4):
        torch.nn.init.normal_(extractor.mlp[2].weight, std=abs(scale))
        torch.nn.init.constant_(extractor.mlp[2].bias, scale)
        lines = extractor.separation_lines(torch.randn(2, 5, 3), (6, 9))
        for axis, size in ((0, 6), (1, 9)):
            edges = torch.cat((torch.zeros(
                2, 5, 1), lines[:, :, axis], torch.full((2, 5, 1), size)), -1)
            assert (edges.diff(dim=-1) >= 1 - 1e-4).all()


def test_sets_start_apart_and_the_same_each_time():
    offsets = torch.stack([
        AdaptiveRegionalShiftExtractor(3, set_index=i).line_offsets.flatten()
        for i in range(8)
    ])
    assert offsets.abs().max() <= 0.25
    assert torch.cdist(offsets, offsets)[~torch.eye(8, dtype=bool)].min() > .02
    torch.manual_seed(99)
    again = AdaptiveRegionalShiftExtractor(3, set_index=5).line_offsets
    assert torch.equal(again.flatten(), offsets[5])


def test_fixed_regions_have_no_parameters_and_stay():
    extractor = AdaptiveRegionalShiftExtractor(3, adaptive=False)
    assert not list(extractor.parameters())
    pooled = torch.randn(2, 4, 3)
    lines = extractor.separation_lines(pooled, (8, 6))
    expected = (0.5 + extractor.line_offsets.flatten()) * torch.tensor(
        [8., 6.])
    torch.testing.assert_close(lines.flatten(2), expected.expand(2, 4, 2))


def test_normalize_divides_by_the_size_of_the_map():
    torch.manual_seed(0)
    raw = AdaptiveRegionalShiftExtractor(3)
    torch.manual_seed(0)
    normalized = AdaptiveRegionalShiftExtractor(3, normalize=True)
    x = maps('random', (1, 3, 3, 6, 8))
    torch.testing.assert_close(raw(x) / torch.tensor([8., 6.]), normalized(x))


def test_a_still_clip_has_no_weighted_motion_for_one_region():
    frame = maps('random', (1, 3, 1, 6, 6))
    extractor = AdaptiveRegionalShiftExtractor(3, num_regions=1)
    assert extractor(frame.expand(-1, -1, 4, -1, -1)).abs().max() == 0


@pytest.mark.parametrize('kwargs, error, message', [
    (dict(num_regions=5), ValueError, 'num_regions=5 is no square number'),
    (dict(num_regions=0), ValueError, r'num_regions=0 is outside \[1, inf\)'),
    (dict(num_regions=4.), TypeError, 'num_regions=4.0 is a float'),
    (dict(hidden_channels=0), ValueError, 'hidden_channels=0'),
])
def test_bad_arguments(kwargs, error, message):
    with pytest.raises(error, match=message):
        AdaptiveRegionalShiftExtractor(3, **kwargs)


def test_bad_maps():
    extractor = AdaptiveRegionalShiftExtractor(3, num_regions=9)
    with pytest.raises(ValueError, match='T=1 frame; a shift needs two'):
        extractor(torch.rand(1, 3, 1, 8, 8))
    with pytest.raises(ValueError, match='the map has 2 x 8 cells'):
        extractor(torch.rand(1, 3, 2, 2, 8))
