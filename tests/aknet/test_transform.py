"""PointTransform and PointEmbedding against loops and by hand."""

import mmvkp  # noqa: F401, isort: skip
import math

import pytest
import torch
from torch import nn

from mmvkp.aknet.transform import (
    PointEmbedding,
    PointTransform,
    build_transform,
    normalize_points,
)


def some_points(clips=3, number=7):
    """Random features of 5 channels and their cells."""
    torch.manual_seed(0)
    return torch.randn(clips, 5, number), torch.randint(0, 6, (clips, number, 3))


def filled(layer):
    """Random weights and statistics."""
    torch.manual_seed(1)
    for each in layer.modules():
        if isinstance(each, nn.BatchNorm1d):
            nn.init.normal_(each.weight)
            nn.init.normal_(each.bias)
            each.running_mean.normal_()
            each.running_var.uniform_(0.5, 1.5)
    nn.init.normal_(layer.matrix.weight, std=0.1)
    nn.init.normal_(layer.matrix.bias)
    return layer.eval()


@pytest.mark.parametrize('widths', ['light', 'pointnet'])
@pytest.mark.parametrize('training', [False, True])
def test_begins_as_the_identity(widths, training):
    layer = PointTransform(5, widths).train(training)
    seq, points = some_points()
    assert torch.equal(layer(seq, points), seq)


@pytest.mark.parametrize(
    'widths, convs, fcs',
    [('light', [64, 128, 256], [64, 16]), ('pointnet', [64, 128, 1024], [512, 256])],
)
def test_widths(widths, convs, fcs):
    layer = PointTransform(5, widths)
    found = [m.out_channels for m in layer.convs if isinstance(m, nn.Conv1d)]
    assert found == convs
    found = [m.out_features for m in layer.fcs if isinstance(m, nn.Linear)]
    assert found == fcs and layer.matrix.out_features == 8 * 8


def loop_norm(values, norm):
    """Eval mode of a norm layer over a list of channels, then ReLU."""
    return [
        max(0.0, ((v - m) / math.sqrt(s + norm.eps) * w + b).item())
        for v, m, s, w, b in zip(
            values, norm.running_mean, norm.running_var, norm.weight, norm.bias
        )
    ]


def loop_transform(layer, seq, points):
    """Equations 8 to 10 of one clip, point by point."""
    where = points.tolist()
    size = len(where)
    centre = [sum(point[i] for point in where) / size for i in range(3)]
    moved = [[point[i] - centre[i] for i in (2, 1, 0)] for point in where]
    farthest = max(math.dist((0, 0, 0), point) for point in moved)
    vectors = [
        seq[:, i].tolist() + [each / farthest for each in moved[i]] for i in range(size)
    ]
    hidden = []
    for vector in vectors:
        for i in (0, 3, 6):
            vector = (
                layer.convs[i].weight[..., 0] @ torch.tensor(vector)
                + layer.convs[i].bias
            )
            vector = loop_norm(vector, layer.convs[i + 1])
        hidden.append(vector)
    best = [max(channel) for channel in zip(*hidden)]
    for i in (0, 3):
        best = layer.fcs[i].weight @ torch.tensor(best) + layer.fcs[i].bias
        best = loop_norm(best, layer.fcs[i + 1])
    rows = layer.matrix.weight @ torch.tensor(best) + layer.matrix.bias
    matrix = rows.view(len(vectors[0]), -1) + torch.eye(len(vectors[0]))
    # A point is a row of the N x (C + 3) matrix that is multiplied.
    return torch.stack(
        [(torch.tensor(vector) @ matrix)[: len(seq)] for vector in vectors], 1
    )


@torch.no_grad()
def test_equals_a_loop_over_points():
    layer = filled(PointTransform(5))
    seq, points = some_points()
    got = layer(seq, points)
    for n in range(3):
        torch.testing.assert_close(
            got[n], loop_transform(layer, seq[n], points[n]), rtol=1e-4, atol=1e-4
        )


def test_gradients_reach_everything():
    layer = PointTransform(5)
    nn.init.normal_(layer.matrix.weight, std=0.1)
    seq, points = some_points()
    seq.requires_grad_()
    layer(seq, points).square().sum().backward()
    for name, parameter in (*layer.named_parameters(), ('seq', seq)):
        assert parameter.grad.isfinite().all(), name
        # A norm layer takes the bias in front of it out again.
        if not (name.endswith('bias') and name.split('.')[1] in '036'):
            assert parameter.grad.any(), name


def test_coordinates_by_hand():
    """Points (t, y, x) at x 1, 3, 5; the centroid is (3, 2, 1)."""
    points = torch.tensor([[[1, 2, 1], [1, 2, 3], [1, 2, 5]]])
    assert normalize_points(points).tolist() == [
        [[-1.0, 0.0, 0.0], [0.0, 0.0, 0.0], [1.0, 0.0, 0.0]]
    ]
    # Distances from the centroid (1.5, 2, 2): 2.5 all; columns (x, y, t).
    points = torch.tensor(
        [
            [[2, 4, 0], [2, 0, 3], [2, 4, 3], [2, 0, 0]],
            [[0, 0, 0], [0, 0, 0], [0, 0, 0], [4, 0, 0]],
        ]
    )
    torch.testing.assert_close(
        normalize_points(points),
        torch.tensor(
            [
                [[-0.6, 0.8, 0], [0.6, -0.8, 0], [0.6, 0.8, 0], [-0.6, -0.8, 0]],
                [[0, 0, -1 / 3], [0, 0, -1 / 3], [0, 0, -1 / 3], [0, 0, 1]],
            ]
        ),
    )


def test_a_single_point_lies_at_zero():
    points = torch.tensor([[[7, 3, 5]], [[0, 0, 0]]])
    assert torch.equal(normalize_points(points), torch.zeros(2, 1, 3))
    layer = filled(PointTransform(5))
    assert layer(torch.randn(2, 5, 1), points).isfinite().all()


def test_neighbours_far_away_are_told_apart():
    points = torch.tensor([[[500, 0, 0], [500, 0, 1]]])
    assert normalize_points(points).tolist() == [[[-1.0, 0.0, 0.0], [1.0, 0.0, 0.0]]]


def test_one_clip():
    seq, points = some_points(clips=1)
    layer = PointTransform(5).train()
    with pytest.raises(
        ValueError,
        match='one clip in training; use a batch_size of at least 2 per '
        "process, or transform='none'",
    ):
        layer(seq, points)
    for each in layer.fcs:
        each.eval()
    assert torch.equal(layer(seq, points), seq)
    assert torch.equal(layer.eval()(seq, points), seq)


def test_half_precision():
    layer = PointTransform(5).eval()
    seq, points = some_points()
    with torch.autocast('cpu', torch.bfloat16):
        assert torch.equal(layer(seq.bfloat16(), points), seq.bfloat16())


def test_embedding():
    layer = PointEmbedding(5, num_segments=6, max_cells=8)
    seq, points = some_points()
    assert torch.equal(layer(seq, points), seq)
    for table in layer.tables:
        nn.init.normal_(table.weight)
    got = layer(seq, points)
    frame, row, column = (table.weight for table in layer.tables)
    assert (len(frame), len(row), len(column)) == (6, 8, 8)
    for n in range(3):
        for i, (t, y, x) in enumerate(points[n].tolist()):
            torch.testing.assert_close(
                got[n, :, i], seq[n, :, i] + frame[t] + row[y] + column[x]
            )
    layer.check_map(8, 3)
    with pytest.raises(
        ValueError, match=r'3 x 9 cells, but the embedding has the size \(6, 8, 8'
    ):
        layer.check_map(3, 9)
    points[1, 2] = torch.tensor([2, 8, 3])
    with pytest.raises(IndexError):
        layer(seq, points)


def test_build():
    assert build_transform('none', 5, 2) is None
    assert isinstance(build_transform('light', 5, 2), PointTransform)
    assert build_transform('pointnet', 5, 2).matrix.in_features == 256
    assert build_transform('embedding', 5, 2).sizes[0] == 2
    with pytest.raises(ValueError, match="transform='heavy' is not known"):
        build_transform('heavy', 5, 2)
    with pytest.raises(ValueError, match="transform='none' is not known"):
        PointTransform(5, 'none')
