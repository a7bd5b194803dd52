"""Networks that made a bank: frozen, and known by their weights."""

from unittest import mock

import pytest
import torch
from torch import nn

from mmvkp.point3d.bank import frozen
from mmvkp.point3d.bank.frozen import FrozenNetwork
from mmvkp.point3d.bank.window import BankWindow


@pytest.fixture()
def parts():
    torch.manual_seed(0)
    return [nn.Conv2d(2, 3, 1), nn.Sequential(nn.BatchNorm2d(3), nn.ReLU())]


def window(network):
    return BankWindow(
        torch.zeros(1, 2, 3), torch.ones(1, dtype=torch.bool), network, 'bank/a.npz'
    )


def test_freeze(parts):
    other = nn.Linear(1, 1)
    FrozenNetwork(parts).freeze()
    assert not any(each.training for part in parts for each in part.modules())
    assert not any(each.requires_grad for part in parts for each in part.parameters())
    assert other.training and other.weight.requires_grad
    before = parts[1][0].running_mean.clone()
    parts[1](parts[0](torch.randn(2, 2, 4, 4)))
    assert torch.equal(parts[1][0].running_mean, before)


def test_a_change_of_weights_changes_the_digest(parts):
    network = FrozenNetwork(parts)
    first = network.digest()
    assert first == FrozenNetwork(parts).digest()
    with torch.no_grad():
        parts[0].weight[0] += 1
    second = network.digest()
    parts[1][0].running_var.mul_(2)
    third = network.digest()
    parts[0].weight.data = torch.zeros_like(parts[0].weight)
    assert len({first, second, third, network.digest()}) == 4


def test_the_digest_is_computed_once(parts):
    network = FrozenNetwork(parts)
    with mock.patch.object(frozen, 'network_digest', return_value='d') as digest:
        assert [network.digest(), network.digest()] == ['d', 'd']
        assert digest.call_count == 1
        parts[0].load_state_dict(parts[0].state_dict())
        network.digest()
    assert digest.call_count == 2


def test_check_windows(parts):
    network = FrozenNetwork(parts)
    # Windows of a stream have no network.
    network.check_windows([window(network.digest()), window(None)])
    with pytest.raises(ValueError) as raised:
        network.check_windows([window(None), window('f' * 64)])
    for text in ('bank/a.npz', 'f' * 12, network.digest()[:12], 'load_from'):
        assert text in str(raised.value)
