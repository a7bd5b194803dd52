"""Rows of frames, and the identity of networks."""

import pytest
import torch
from torch import nn

from mmvkp.point3d.bank.rows import frame_rows, network_digest


def test_mean_and_best_centres():
    feature = torch.arange(24.0).view(1, 2, 3, 4)
    heat = torch.full((1, 1, 3, 4), -5.0)
    heat[0, 0, 2, 1], heat[0, 0, 0, 3] = 2.0, 3.0
    rows = frame_rows(feature, heat, 2)
    # Channel c has the values 12 c to 12 c + 11; cells 3 and 9 are the peaks.
    expected = [[[5.5, 17.5], [3.0, 15.0], [9.0, 21.0]]]
    assert rows.dtype == torch.float16 and rows.tolist() == expected


def test_the_heatmap_of_classes():
    """A cell of any class is a centre."""
    feature = torch.arange(4.0).view(1, 1, 2, 2)
    heat = torch.full((1, 3, 2, 2), -5.0)
    heat[0, 2, 1, 1] = 1.0
    assert frame_rows(feature, heat, 1)[0, 1].item() == 3


def test_too_many_centres():
    with pytest.raises(ValueError, match='num_centers=5, but .* 4 values; reduce'):
        frame_rows(torch.zeros(1, 1, 2, 2), torch.zeros(1, 1, 2, 2), 5)


@pytest.mark.parametrize('value', [7e4, float('nan')])
def test_features_that_are_not_finite(value):
    feature = torch.full((1, 1, 2, 2), value)
    with pytest.raises(ValueError, match='not finite in half precision'):
        frame_rows(feature, torch.zeros(1, 1, 2, 2), 1)


def test_the_digest_depends_on_weights_and_buffers_only():
    torch.manual_seed(0)
    first, second = nn.BatchNorm1d(3), nn.BatchNorm1d(3)
    known = network_digest([first, second])
    assert len(known) == 64
    assert network_digest([first, second]) == known
    second.num_batches_tracked += 1
    assert network_digest([first, second]) == known
    second.running_mean[0] = 1
    changed = network_digest([first, second])
    assert changed != known != network_digest([first])
    with torch.no_grad():
        first.weight[1] = 2
    assert network_digest([first, second]) != changed
