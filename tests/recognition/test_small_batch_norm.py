"""Norm layer for few values: by hand, bounded, otherwise torch's layer."""

import pytest
import torch
from torch import nn

from mmvkp.recognition.small_batch_norm import SmallBatchNorm1d


def pair(**kwargs):
    """The layer and torch's, with the same random weights."""
    torch.manual_seed(0)
    ours, theirs = SmallBatchNorm1d(3, **kwargs), nn.BatchNorm1d(3, **kwargs)
    if ours.affine:
        nn.init.normal_(ours.weight)
        nn.init.normal_(ours.bias)
    theirs.load_state_dict(ours.state_dict())
    return ours, theirs


def test_two_values_by_hand():
    """Values 1 and 3: variance 1, unbiased 2; running variance 9."""
    layer = SmallBatchNorm1d(1, eps=0.0, momentum=0.5)
    layer.running_var.fill_(9.0)
    out = layer(torch.tensor([[1.0], [3.0]]))
    # 1 / 7 * 1 + 6 / 7 * 9.
    deviation = (55 / 7) ** 0.5
    torch.testing.assert_close(out, torch.tensor([[-1.0], [1.0]]) / deviation)
    assert layer.running_mean.item() == 1.0
    assert layer.running_var.item() == 5.5
    assert layer.num_batches_tracked == 1


def test_gradients_are_bounded():
    """Two close values; torch's layer multiplies the gradient by about 200."""
    values = torch.tensor([[1.0], [1.002]])
    gains = []
    for layer in (SmallBatchNorm1d(1), nn.BatchNorm1d(1)):
        x = values.clone().requires_grad_()
        layer(x)[0].sum().backward()
        gains.append(x.grad.abs().max().item())
    assert gains[0] < 0.6 and gains[1] > 50


@pytest.mark.parametrize('shape', [(8, 3), (4, 3, 2), (1, 3, 8), (30, 3)])
def test_equals_torch_from_eight_values(shape):
    ours, theirs = pair()
    x = torch.randn(shape)
    assert torch.equal(ours(x), theirs(x))
    for key, value in theirs.state_dict().items():
        assert torch.equal(ours.state_dict()[key], value)


@pytest.mark.parametrize('shape', [(2, 3), (7, 3), (2, 3, 1), (1, 3, 5)])
@pytest.mark.parametrize(
    'kwargs', [dict(), dict(affine=False), dict(momentum=None), dict(momentum=0.3)]
)
def test_statistics_and_eval_equal_torch(shape, kwargs):
    ours, theirs = pair(**kwargs)
    for _ in range(3):
        x = torch.randn(shape)
        assert ours(x).shape == theirs(x).shape
    assert list(ours.state_dict()) == list(theirs.state_dict())
    for key, value in theirs.state_dict().items():
        torch.testing.assert_close(ours.state_dict()[key], value)
    ours.load_state_dict(theirs.state_dict())
    assert torch.equal(ours.eval()(x), theirs.eval()(x))


def test_without_running_statistics_and_with_one_value():
    ours, theirs = pair(track_running_stats=False)
    x = torch.randn(2, 3)
    assert torch.equal(ours(x), theirs(x))
    with pytest.raises(ValueError, match='more than 1 value per channel'):
        pair()[0](x[:1])
    with pytest.raises(ValueError, match='expected 2D or 3D'):
        pair()[0](torch.rand(2, 3, 1, 1))


def test_gradient_against_differences_and_half_precision():
    layer, _ = pair()
    layer.double()

    def run(x):
        layer.reset_running_stats()
        return layer(x)

    x = torch.randn(3, 3, 2, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(run, x)
    assert layer.float()(x.detach().bfloat16()).dtype == torch.bfloat16
