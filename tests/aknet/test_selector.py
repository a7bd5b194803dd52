"""Selection and order of action keypoints against loops and by hand."""

import mmvkp  # noqa: F401, isort: skip
import math

import pytest
import torch

from mmvkp.aknet.cells import best_first
from mmvkp.aknet.selector import ActionKeypointSelector


def selector(**kwargs):
    """A selector of 8 channels and 3 frames whose weights are not small."""
    made = ActionKeypointSelector(
        **{**dict(in_channels=8, num_segments=3, reduction=2), **kwargs}
    )
    for parameter in made.parameters():
        torch.nn.init.normal_(parameter)
    return made


def loop_heatmap(x, first, second):
    """Equations 4 to 6, one frame (C, H, W) and one channel at a time."""
    pooled = [sum(map(sum, channel)) / channel.numel() for channel in x]
    hidden = [max(0, sum(w * z for w, z in zip(row, pooled))) for row in first]
    scores = [sum(w * h for w, h in zip(row, hidden)) for row in second]
    powers = [math.exp(score) for score in scores]
    return sum(power / sum(powers) * channel for power, channel in zip(powers, x))


def loop_select(heatmap, ratio, rank, tau):
    """Points (t, y, x) of one clip (T, H, W), in order."""
    t, height, width = heatmap.shape
    cells = [(f, y, x) for f in range(t) for y in range(height) for x in range(width)]
    kept = sorted(cells, key=lambda cell: (-heatmap[cell].item(), cell))
    kept = kept[: int(ratio * len(cells))]
    if rank == 'sum':
        kept.sort(key=lambda cell: (-(cell[2] + cell[1] + tau * cell[0]), cell))
    return sorted(kept) if rank == 'grid' else kept


@pytest.mark.parametrize(
    'rank, tau',
    [('sum', None), ('sum', 1.5), ('sum', 3), ('grid', None), ('none', None)],
)
@pytest.mark.parametrize('height, width', [(5, 4), (3, 6)])
def test_equals_a_loop_over_clips(rank, tau, height, width):
    torch.manual_seed(0)
    layer = selector(keypoint_ratio=0.35, rank=rank, tau=tau)
    x = torch.randn(2 * 3, 8, height, width)
    got = layer(x)
    for n, clip in enumerate(x.view(2, 3, 8, height, width)):
        for t, frame in enumerate(clip):
            torch.testing.assert_close(
                got.heatmap[n, t],
                loop_heatmap(
                    frame,
                    layer.excitation[0].weight.tolist(),
                    layer.excitation[2].weight.tolist(),
                ),
            )
        points = loop_select(got.heatmap[n], 0.35, rank, tau or 2 * max(height, width))
        assert got.points[n].tolist() == [list(point) for point in points]
        for i, (t, y, x_) in enumerate(points):
            assert torch.equal(got.features[n, :, i], clip[t, :, y, x_])
            assert got.scores[n, i] == got.heatmap[n, t, y, x_]


@pytest.mark.parametrize('rank', ['sum', 'none'])
def test_ties_go_to_the_lower_place(rank):
    """Many equal scores, and clips in another order."""
    torch.manual_seed(0)
    heatmap = torch.randint(0, 3, (4, 3, 5, 5)).float()
    layer = selector(keypoint_ratio=0.5, rank=rank, tau=2 if rank == 'sum' else None)
    index = layer.select(heatmap)
    for n in range(4):
        assert [
            (i // 25, i % 25 // 5, i % 5) for i in index[n].tolist()
        ] == loop_select(heatmap[n], 0.5, rank, 2)
    shuffled = torch.tensor([2, 0, 3, 1])
    assert torch.equal(layer.select(heatmap[shuffled]), index[shuffled])


def test_a_map_without_differences_keeps_its_first_cells():
    layer = selector(keypoint_ratio=0.5, rank='none')
    index = layer.select(torch.full((2, 3, 2, 2), 0.1))
    assert index.tolist() == [[0, 1, 2, 3, 4, 5]] * 2


def test_the_best_of_all_frames():
    """By hand: nothing of frame 0 is kept although it has a best cell."""
    heatmap = torch.tensor([[[[1.0, 2], [3, 4]], [[9.0, 5], [7, 8]]]])
    layer = ActionKeypointSelector(8, 2, keypoint_ratio=0.4, rank='none')
    assert layer.select(heatmap).tolist() == [[4, 7, 6]]
    # x + y + 2 W t is 6 for (1, 1, 1), 5 for (1, 1, 0), 4 for (1, 0, 0).
    layer = ActionKeypointSelector(8, 2, keypoint_ratio=0.4)
    assert layer.select(heatmap).tolist() == [[7, 6, 4]]


@pytest.mark.parametrize('height, width', [(4, 4), (3, 7), (9, 2)])
def test_by_default_frame_by_frame(height, width):
    torch.manual_seed(0)
    points = selector(keypoint_ratio=0.7)(torch.randn(3, 8, height, width)).points[0]
    assert points[:, 0].tolist() == sorted(points[:, 0].tolist(), reverse=True)
    # With the smallest weight that is allowed in a map as wide as that, not.
    points = selector(keypoint_ratio=1.0, tau=1.01)(
        torch.randn(3, 8, height, width)
    ).points[0]
    assert points[:, 0].diff().max() > 0


@pytest.mark.parametrize('rank', ['sum', 'grid', 'none'])
def test_a_ratio_of_one_keeps_every_cell(rank):
    torch.manual_seed(0)
    index = selector(keypoint_ratio=1, rank=rank).select(torch.randn(2, 3, 4, 5))
    assert torch.equal(index.sort(1).values, torch.arange(60).expand(2, -1))


@pytest.mark.parametrize('side, number', [(14, 470), (28, 1881), (56, 7526)])
def test_numbers_of_the_paper(side, number):
    """30 % of 8 frames after res4, res3 and res2, rounded down."""
    layer = ActionKeypointSelector(16, 8)
    index = layer.select(torch.rand(1, 8, side, side))
    assert index.shape == (1, number) and len(index.unique()) == number


def test_a_share_a_hair_below_an_integer():
    """0.29 * 100 is 28.999999999999996 on a computer."""
    layer = ActionKeypointSelector(8, 4, keypoint_ratio=0.29)
    assert layer.select(torch.rand(1, 4, 5, 5)).shape == (1, 29)


def test_half_precision_is_ordered_in_single():
    """Scores 128.25 to 129 are all equal in bfloat16."""
    layer = ActionKeypointSelector(2, 1, keypoint_ratio=1, rank='none')
    for parameter in layer.parameters():
        torch.nn.init.zeros_(parameter)  # both channels weigh a half
    x = torch.full((1, 2, 2, 2), 256.0)
    x[0, 1] = torch.tensor([[0.5, 2.0], [1.0, 1.5]])
    with torch.autocast('cpu', torch.bfloat16):
        got = layer(x.bfloat16())
    assert got.heatmap.dtype == torch.float32
    assert got.scores.tolist() == [[129.0, 128.75, 128.5, 128.25]]
    assert got.points[0].tolist() == [[0, 0, 1], [0, 1, 1], [0, 1, 0], [0, 0, 0]]
    assert layer.double()(x.double()).heatmap.dtype == torch.float64


def test_gradients():
    """Features pass theirs to the chosen cells, scores to the excitation."""
    torch.manual_seed(0)
    layer = selector(keypoint_ratio=0.25)
    x = torch.randn(3, 8, 4, 4, requires_grad=True)
    got = layer(x)
    (grad,) = torch.autograd.grad(got.features.sum(), x, retain_graph=True)
    chosen = torch.zeros(3, 4, 4)
    for t, y, x_ in got.points[0].tolist():
        chosen[t, y, x_] = 1
    assert torch.equal(grad, chosen[:, None].expand(-1, 8, -1, -1))
    got.heatmap.square().sum().backward()
    for parameter in layer.parameters():
        assert parameter.grad.isfinite().all() and parameter.grad.any()


@pytest.mark.parametrize('value', [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize('rank', ['sum', 'none'])
def test_a_map_that_is_not_finite(value, rank):
    """Its clip has nan scores; the other clip is not affected."""
    torch.manual_seed(0)
    layer = selector(rank=rank, keypoint_ratio=0.5)
    x = torch.rand(6, 8, 4, 4)
    expected = layer(x)
    x[1, 2, 3, 0] = value
    got = layer(x)
    assert got.heatmap[0, 1].isnan().all()
    assert torch.equal(got.heatmap[0, ::2], expected.heatmap[0, ::2])
    assert got.scores[0].isnan().any()
    assert (got.points >= 0).all() and (got.points[..., 0] < 3).all()
    assert (got.points[..., 1:] < 4).all()
    for one, other in zip(got, expected):
        assert torch.equal(one[1], other[1])


def test_scores_that_are_not_finite():
    scores = torch.tensor([[1.0, math.nan, math.inf, 2.0, math.nan]])
    assert best_first(scores, 4).tolist() == [[1, 4, 2, 3]]


@pytest.mark.parametrize(
    'kwargs, error, message',
    [
        (
            dict(keypoint_ratio=1.3),
            ValueError,
            r'AKNet: keypoint_ratio=1.3 is outside \(0, 1\]; it is the share of the '
            r'T \* H \* W feature cells',
        ),
        (dict(keypoint_ratio=0), ValueError, 'keypoint_ratio=0 is outside'),
        (dict(keypoint_ratio='a'), TypeError, "keypoint_ratio='a' must be a num"),
        (
            dict(rank='mean'),
            ValueError,
            r"rank='mean' is not known.*'sum', 'grid', 'none",
        ),
        (dict(tau=1), ValueError, r'tau=1 is outside \(1, inf\)'),
        (dict(tau=math.nan), ValueError, 'tau=nan is not a finite number'),
        (dict(tau=math.inf), ValueError, 'tau=inf is not a finite number'),
        (dict(tau='3'), TypeError, "tau='3' is a str"),
        (dict(tau=True), TypeError, 'tau=True is a bool'),
        (
            dict(tau=7.0, rank='none'),
            ValueError,
            "AKNet: tau=7.0 has no effect with rank='none'; remove tau",
        ),
        (dict(num_segments=0), ValueError, 'num_segments=0 is outside'),
        (dict(in_channels=8.0), TypeError, 'in_channels=8.0 is a float'),
        (dict(reduction=0), ValueError, 'reduction=0 is outside'),
    ],
)
def test_bad_arguments(kwargs, error, message):
    with pytest.raises(error, match=message):
        selector(**kwargs)


def test_a_ratio_that_selects_nothing():
    with pytest.raises(
        ValueError,
        match=r'keypoint_ratio=0.03 selects none of the 12 cells of the '
        r'map \(3, 2, 2\); it must be at least 0.0833',
    ):
        selector(keypoint_ratio=0.03)(torch.rand(3, 8, 2, 2))
