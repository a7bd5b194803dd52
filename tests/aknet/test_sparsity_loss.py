"""HeatmapSparsityLoss by hand, and on maps that could break it."""

import mmvkp  # noqa: F401, isort: skip
import pytest
import torch
from mmaction.registry import MODELS

from mmvkp.aknet.sparsity_loss import HeatmapSparsityLoss


@pytest.mark.parametrize(
    'cells, expected',
    [
        # From 0 to 1: 0, 1/4, 1/2, 1; 4 H (1 - H) is 0, 3/4, 1, 0.
        ([[-1.0, 0.0, 1.0, 3.0]], 1.75 / 4),
        ([[0.0, 1.0, 1.0, 0.0]], 0.0),
        # The mean over clips: 1.75 / 4 and a map without differences.
        ([[-1.0, 0.0, 1.0, 3.0], [5.0, 5.0, 5.0, 5.0]], 1.75 / 8),
        # Two of three at the ends.
        ([[0.0, 10.0, 20.0]], 1 / 3),
    ],
)
@pytest.mark.parametrize('weight', [1.0, 0.5])
def test_by_hand(cells, expected, weight):
    loss = MODELS.build(dict(type='HeatmapSparsityLoss', loss_weight=weight))
    heatmap = torch.tensor(cells)[:, None, None]
    torch.testing.assert_close(loss(heatmap), torch.tensor(weight * expected))


EXTREMES = dict(
    constant=torch.full((8,), 0.3),
    zero=torch.zeros(8),
    single=torch.tensor([0.0] * 7 + [1.0]),
    two_valued=torch.tensor([2.0, 5.0] * 4),
    huge=torch.linspace(-1e30, 1e30, 8),
    largest=torch.finfo().max * torch.linspace(-1, 1, 8),
    huge_constant=torch.full((8,), 1e30),
    # Neighbours in single precision.
    close=torch.tensor([1.0] * 4 + [1.0 + 2**-23] * 4),
    tiny=torch.linspace(0, 1e-20, 8),
    tiny_and_above=torch.linspace(0, 1e-11, 8),
)


@pytest.mark.parametrize('name', EXTREMES)
def test_bounds_and_gradients(name):
    torch.manual_seed(0)
    heatmap = torch.stack((EXTREMES[name], torch.randn(8)))
    heatmap = heatmap.view(2, 2, 2, 2).requires_grad_()
    loss = HeatmapSparsityLoss()(heatmap)
    assert 0 <= loss <= 1
    loss.backward()
    assert heatmap.grad.isfinite().all()
    assert heatmap.grad[1].any()


def test_gradient_against_differences():
    torch.manual_seed(0)
    heatmap = torch.randn(2, 2, 3, 3, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(HeatmapSparsityLoss(), heatmap)


@pytest.mark.parametrize(
    'value, error, message',
    [
        (0, ValueError, r'loss_weight=0 is outside \(0, inf\); set loss_sparsity=None'),
        (-1.0, ValueError, 'loss_weight=-1.0 is outside'),
        (float('nan'), ValueError, 'loss_weight=nan is not a finite number'),
        ('1', TypeError, "loss_weight='1' is a str"),
        (True, TypeError, 'loss_weight=True is a bool'),
    ],
)
def test_bad_arguments(value, error, message):
    with pytest.raises(error, match=message):
        HeatmapSparsityLoss(value)
