"""Targets of the Point Head against values by hand and a plain loop."""

import math

import pytest
import torch

from mmvkp.point3d.targets import (
    ActorTruth,
    can_be_centre,
    cells_of,
    draw_gaussians,
    drawing_radius,
    gaussian_radius,
    point_targets,
)


@pytest.mark.parametrize(
    'kind, overlap, radius',
    [
        # a3 = 2.8, b3 = -84, c3 = -240: (-84 + sqrt(7056 + 2688)) / 2
        ('cornernet', None, 7.356),
        # a2 = 4, b2 = 120, c2 = 560: (120 - sqrt(14400 - 8960)) / 8
        ('mmdet', None, 5.780),
        # a2 = 4, b2 = 120, c2 = 240: (120 - sqrt(14400 - 3840)) / 8
        ('mmdet', 0.7, 2.155),
    ],
)
def test_radius_by_hand(kind, overlap, radius):
    sizes = torch.tensor([[40.0, 20.0], [20.0, 40.0]])
    radii = gaussian_radius(sizes, kind, overlap)
    assert radii.tolist() == pytest.approx([radius, radius], abs=1e-3)


@pytest.mark.parametrize('overlap', [0.3, 0.5, 0.7])
def test_repaired_radius_keeps_the_overlap(overlap):
    """The worst of the three ways to move both corners has that IoU."""
    generator = torch.Generator().manual_seed(0)
    sizes = 1 + 50 * torch.rand(40, 2, generator=generator, dtype=torch.float64)
    (w, h), r = sizes.unbind(-1), gaussian_radius(sizes, 'mmdet', overlap)
    area = w * h
    crossed = (w - r) * (h - r) / (2 * area - (w - r) * (h - r))
    inside = (w - 2 * r) * (h - 2 * r) / area
    outside = area / ((w + 2 * r) * (h + 2 * r))
    worst = torch.stack((crossed, inside, outside)).min(0).values
    torch.testing.assert_close(worst, torch.full_like(worst, overlap))


def test_whole_radius():
    """By hand: 0.2733 of a square's side, and 0.2261; 7.1 is taken as 8."""
    sizes = torch.tensor([[7.1, 7.1], [8.8, 8.8], [0.0, 3.0]])
    assert drawing_radius(sizes).tolist() == [2, 2, 0]
    assert drawing_radius(sizes, 'mmdet').tolist() == [1, 1, 0]


def test_wrong_options():
    with pytest.raises(ValueError, match="kind='mine' is not known"):
        gaussian_radius(torch.ones(2), 'mine')
    with pytest.raises(ValueError, match='min_overlap=1.5 is outside'):
        gaussian_radius(torch.ones(2), 'mmdet', 1.5)


def draw(points, num_maps, size):
    """`draw_gaussians` of (map, x, y, radius) rows."""
    rows = torch.tensor(points, dtype=torch.long).reshape(-1, 4)
    return draw_gaussians(rows[:, 1:3], rows[:, 3], rows[:, 0], num_maps, size)


def test_gaussian_by_hand():
    """Radius 1 has sigma 1/2: exp(-2) beside the centre, exp(-4) across."""
    side, corner = math.exp(-2), math.exp(-4)
    heat = draw([(1, 1, 1, 1)], 2, (3, 4))
    assert heat[0].abs().max() == 0
    torch.testing.assert_close(
        heat[1],
        torch.tensor(
            [[corner, side, corner, 0], [side, 1.0, side, 0], [corner, side, corner, 0]]
        ),
    )
    # Radius 0 is one cell; in the corner only a quarter is left.
    assert draw([(0, 2, 0, 0)], 1, (2, 3))[0].tolist() == [[0, 0, 1], [0, 0, 0]]
    torch.testing.assert_close(
        draw([(0, 2, 1, 1)], 1, (2, 3))[0],
        torch.tensor([[0, corner, side], [0, side, 1]]),
    )


def test_the_larger_gaussian_counts():
    heat = draw([(0, 0, 0, 1), (0, 2, 0, 1)], 1, (1, 4))[0, 0]
    side = math.exp(-2)
    torch.testing.assert_close(heat, torch.tensor([1, side, 1, side]))


def test_nothing_to_draw():
    assert draw([], 3, (2, 2)).tolist() == torch.zeros(3, 2, 2).tolist()


def draw_one_by_one(points, num_maps, size):
    """A loop over points and cells, as one would write it down."""
    maps = [[[0.0] * size[1] for _ in range(size[0])] for _ in range(num_maps)]
    for number, x, y, radius in points:
        sigma = (2 * radius + 1) / 6
        for row in range(size[0]):
            for column in range(size[1]):
                if max(abs(row - y), abs(column - x)) <= radius:
                    squared = (row - y) ** 2 + (column - x) ** 2
                    value = math.exp(-squared / (2 * sigma**2))
                    old = maps[number][row][column]
                    maps[number][row][column] = max(old, value)
    return torch.tensor(maps)


def test_drawing_equals_a_loop():
    generator = torch.Generator().manual_seed(1)

    def pick(high):
        return torch.randint(high, (40,), generator=generator)

    points = torch.stack((pick(5), pick(13), pick(9), pick(7)), 1).tolist()
    expected = draw_one_by_one(points, 5, (9, 13))
    torch.testing.assert_close(draw(points, 5, (9, 13)), expected)


def test_cells_and_centres_at_the_border():
    points = torch.tensor([[0.0, 0], [3.99, 2.5], [4, 3], [-0.5, 9]])
    assert cells_of(points, (3, 4)).tolist() == [[0, 0], [3, 2], [3, 2], [0, 2]]
    boxes = torch.tensor(
        [
            [12.0, 4, 20, 8],  # centre on the right border of 4 cells of 4 pixels
            [13, 4, 20, 8],  # centre half a pixel behind it
            [-3, 2, 3, 4],  # centre on the left border
            [-5, 2, 3, 4],  # centre outside
            [4, 4, 4, 8],  # no width
        ]
    )
    assert can_be_centre(boxes, (3, 4), 4).tolist() == [True, False, True, False, False]


def test_targets_by_hand():
    """Two actors and two joints on a map of 4 x 6 cells of 4 pixels."""
    truth = ActorTruth(
        frames=torch.tensor([0, 2]),
        boxes=torch.tensor([[2.0, 3, 12, 11], [20, 10, 28, 14]]),
        classes=torch.tensor([[True, False], [True, True]]),
        joints=torch.tensor([[[5.0, 6], [11, 9]], [[23, 14], [24, 14]]]),
        visible=torch.tensor([[True, False], [True, True]]),
    )
    targets = point_targets(truth, 3, (4, 6), 4)
    # Centres 7, 7 and 24, 12 pixels: the second lies on the right border.
    assert targets['center_cell'].tolist() == [[1, 1], [5, 3]]
    assert targets['offset'].tolist() == [[0.75, 0.75], [1, 0]]
    assert targets['wh'].tolist() == [[2.5, 2], [2, 1]]
    heat = targets['center_heatmap']
    assert heat.shape == (3, 2, 4, 6)
    # Small boxes have radius 0.
    assert heat.nonzero().tolist() == [[0, 0, 1, 1], [2, 0, 3, 5], [2, 1, 3, 5]]
    # The joint at x = 24 is outside of 6 cells, one is not visible.
    assert targets['knot_visible'].tolist() == [[True, False], [True, False]]
    assert targets['knot_frame'].tolist() == [0, 2]
    assert targets['knot_cell'].tolist() == [[1, 1], [5, 3]]
    assert targets['knot_distance'].tolist() == [[0.25, 0.5], [0.75, 0.5]]
    assert targets['knot_offset'].tolist() == [[0.25, 0.5], [0.75, 0.5]]
    assert targets['knot_heatmap'].nonzero().tolist() == [[0, 0, 1, 1], [2, 0, 3, 5]]


def test_joints_have_the_radius_of_their_box():
    """A box of 8 x 8 cells has radius 2 (0.2733 * 8 = 2.19)."""
    truth = ActorTruth(
        frames=torch.tensor([0]),
        boxes=torch.tensor([[16.0, 16, 48, 48]]),
        classes=torch.ones(1, 1, dtype=torch.bool),
        joints=torch.tensor([[[20.0, 40]]]),
        visible=torch.ones(1, 1, dtype=torch.bool),
    )
    targets = point_targets(truth, 1, (16, 16), 4)
    expected = draw_one_by_one([(0, 8, 8, 2)], 1, (16, 16))
    torch.testing.assert_close(targets['center_heatmap'][0], expected)
    expected = draw_one_by_one([(0, 5, 10, 2)], 1, (16, 16))
    torch.testing.assert_close(targets['knot_heatmap'][0], expected)
    assert targets['knot_distance'].tolist() == [[-3, 2]]
