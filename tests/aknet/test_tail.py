"""The tail of a host: names, temporal shift and weights."""

import mmvkp  # noqa: F401, isort: skip
import copy

import pytest
import torch
from mmaction.models.backbones.resnet import ResNet
from mmaction.models.backbones.resnet_tsm import ResNetTSM, TemporalShift
from torch import nn

from mmvkp.aknet.compact import SequenceShift
from mmvkp.aknet.tail import PointSequenceTail, load_compacted, row_tails

BN = dict(type='BN', requires_grad=True)


def filled(module, outer=True):
    """Random weights and statistics; without `outer`, kernels are columns."""
    torch.manual_seed(0)
    for each in module.modules():
        if isinstance(each, nn.modules.batchnorm._BatchNorm):
            nn.init.normal_(each.weight)
            nn.init.normal_(each.bias)
            each.running_mean.normal_()
            each.running_var.uniform_(0.5, 1.5)
        elif isinstance(each, nn.Conv2d):
            if each.bias is not None:
                nn.init.normal_(each.bias)
            if not outer and each.kernel_size == (3, 3):
                each.weight.data[..., ::2] = 0
    return module


@pytest.mark.parametrize('place', ['block', 'blockres'])
def test_temporal_shift_is_left_out(place):
    host = ResNetTSM(18, shift_place=place)
    plain = ResNet(18)
    plain.load_state_dict(
        {
            name.replace('.net', '', 1): value
            for name, value in host.state_dict().items()
        }
    )
    tail = PointSequenceTail([host.layer3, host.layer4], ['layer3', 'layer4'])
    other = PointSequenceTail([plain.layer3, plain.layer4], ['layer3', 'layer4'])
    assert [name for name, _ in tail.named_children()] == ['layer3', 'layer4']
    assert tail.state_dict().keys() == other.state_dict().keys()
    seq = torch.randn(2, 128, 20)
    torch.testing.assert_close(tail(seq), other(seq))
    assert not [
        each
        for each in tail.modules()
        if isinstance(each, (TemporalShift, SequenceShift, nn.Conv2d, nn.BatchNorm2d))
    ]


@pytest.mark.parametrize('place', ['block', 'blockres'])
def test_tail_shift(place):
    """Points that are the frames of maps of one cell: TSM itself."""
    host = ResNetTSM(18, num_segments=6, shift_place=place)
    module = filled(host.layer4, outer=False)
    for each in module.modules():
        if isinstance(each, nn.Conv2d):
            # One cell sees the middle of a kernel alone.
            each.weight.data[..., ::2, :] = 0
            each.stride = (1, 1)
    tail = PointSequenceTail([module], ['layer4'], shift=True).eval()
    frames = torch.randn(6, 256, 1, 1)
    torch.testing.assert_close(
        tail(frames[:, :, 0].permute(2, 1, 0)),
        module.eval()(frames)[:, :, 0].permute(2, 1, 0),
    )
    with pytest.raises(ValueError, match=r"tail_shift=True.*\['layer4'\].*ResNetTSM"):
        PointSequenceTail([ResNet(18).layer4], ['layer4'], shift=True)


def test_the_host_stays_as_it_is():
    host = filled(ResNetTSM(18, num_segments=2))
    host.eval()
    before = copy.deepcopy(host.state_dict())
    x = torch.rand(2, 3, 32, 32)
    expected = host(x)
    tail = PointSequenceTail([host.layer4], ['layer4'])
    for parameter in tail.parameters():
        nn.init.zeros_(parameter)
    assert host.state_dict().keys() == before.keys()
    assert all(torch.equal(host.state_dict()[key], before[key]) for key in before)
    assert torch.equal(host(x), expected)


@pytest.mark.parametrize('shift', [False, True])
def test_weights_for_an_existing_tail(shift):
    host = ResNetTSM(18)
    tail = PointSequenceTail([host.layer4], ['layer4'], shift)
    filled(host)
    load_compacted(tail, [('layer4', host.layer4)])
    fresh = PointSequenceTail([host.layer4], ['layer4'], shift).state_dict()
    assert tail.state_dict().keys() == fresh.keys()
    assert all(torch.equal(tail.state_dict()[key], fresh[key]) for key in fresh)
    assert not torch.equal(fresh['layer4.0.conv1.bn.running_mean'], torch.zeros(512))


@pytest.mark.parametrize(
    'host', [dict(depth=18), dict(depth=50, strides=(1, 2, 2, 1)), dict(depth=34)]
)
def test_row_tails(host):
    """The same function of maps; the model is restored."""
    net = ResNet(**host)
    tail = PointSequenceTail([net.layer3, net.layer4], ['layer3', 'layer4'])
    model = nn.Sequential(filled(tail)).eval()
    seq = torch.randn(2, net.layer3[0].conv1.in_channels, 21)
    with torch.no_grad():
        expected = model(seq)
        with row_tails(model):
            kinds = {type(each) for each in model.modules()}
            assert nn.Conv2d in kinds and nn.Conv1d not in kinds
            found = model(seq)
    assert model[0] is tail
    scale = expected.abs().max()
    torch.testing.assert_close(found / scale, expected / scale)


def test_row_tails_of_other_layers():
    """Pools and biases, in half precision; a tail that shifts points stays."""
    stage = nn.Sequential(
        nn.Conv2d(4, 6, 3, 2, 1), nn.MaxPool2d(3, 2, 1), nn.AvgPool2d(3, 1, 1)
    )
    model = nn.Sequential(PointSequenceTail([stage], ['stage'])).to(torch.bfloat16)
    seq = torch.randn(2, 4, 60, dtype=torch.bfloat16)
    with torch.no_grad():
        expected = model(seq)
        with row_tails(model):
            found = model(seq)
    assert found.shape == expected.shape == (2, 6, 4)
    torch.testing.assert_close(found, expected)
    host = ResNetTSM(18)
    shifting = nn.Sequential(PointSequenceTail([host.layer4], ['layer4'], True))
    before = shifting[0]
    with row_tails(shifting):
        assert shifting[0] is before
