"""Parts of Point3D that do not fit, without a detector."""

import pytest
import torch
from torch import nn

from mmvkp.point3d.part_checks import (
    check_channels,
    check_networks,
    check_unused,
    merge_loss_weights,
)


def test_weights_of_the_losses():
    assert merge_loss_weights(None) == dict(loc=1.0, cls=1.0)
    assert merge_loss_weights(dict(cls=2)) == dict(loc=1.0, cls=2)
    with pytest.raises(TypeError, match='loss_weights=3 must be a dict'):
        merge_loss_weights(3)
    with pytest.raises(TypeError, match="loss_weights.cls='2' is a str"):
        merge_loss_weights(dict(cls='2'))
    with pytest.raises(ValueError, match='loss_weights.loc=-1 is not'):
        merge_loss_weights(dict(loc=-1))


def test_options_without_effect():
    weights = merge_loss_weights(None)
    check_unused(None, None, 'frame', False, weights)
    check_unused(None, dict(), 'twa', False, weights)
    check_unused(dict(), dict(), 'frame', True, dict(loc=1.0, cls=2.0))
    with pytest.raises(TypeError, match="detach_cls='no' is a str"):
        check_unused(dict(), None, 'frame', 'no', weights)
    with pytest.raises(ValueError, match='twa=.* has no effect'):
        check_unused(None, dict(type='TimeWiseAttention'), 'frame', False, weights)


def test_networks_of_the_other_dimension():
    flat, deep = nn.Conv2d(1, 1, 1), nn.Conv3d(1, 1, 1)
    check_networks(flat, deep)
    check_networks(nn.Sequential(flat, deep), nn.Sequential(flat, deep))
    check_networks(nn.Identity(), None)
    with pytest.raises(TypeError, match='backbone is a Conv3d'):
        check_networks(deep, deep)
    with pytest.raises(TypeError, match='clip_backbone is a Conv2d'):
        check_networks(flat, flat)


def test_channels():
    x = torch.zeros(1, 4, 2, 3, 3)
    check_channels('clip_backbone', nn.Conv3d(4, 1, 1), x, 'the map')
    check_channels('clip_backbone', nn.Identity(), x, 'the map')
    with pytest.raises(ValueError, match='in_channels=3, but the map has 4 channels'):
        check_channels('clip_backbone', nn.Conv3d(3, 1, 1), x, 'the map')
