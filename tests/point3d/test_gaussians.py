"""Gaussians against values by hand and a plain loop."""

import math

import pytest
import torch

from mmvkp.point3d.gaussians import draw_gaussians, drawing_radius, gaussian_radius

from .point_scenes import draw_one_by_one


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
    """The smallest IoU of the three ways to move both corners."""
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
    """By hand: 0.2733 of a square's side, and 0.2261; 7.1 is rounded up to 8."""
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


def test_drawing_equals_a_loop():
    generator = torch.Generator().manual_seed(1)

    def pick(high):
        return torch.randint(high, (40,), generator=generator)

    points = torch.stack((pick(5), pick(13), pick(9), pick(7)), 1).tolist()
    expected = draw_one_by_one(points, 5, (9, 13))
    torch.testing.assert_close(draw(points, 5, (9, 13)), expected)
