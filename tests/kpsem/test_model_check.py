"""Backbones and heads that do not work with KPSEM."""

import copy
import pickle

import pytest
import torch

from mmvkp.checks import check_parts
from mmvkp.kpsem.neck import KPSEM

from .kpsem_hosts import HOSTS_2D, HOSTS_3D, batch, host, one_step


def test_slowfast_is_refused_when_the_model_is_built():
    """With equal frame rates the maps of the pathways do not show it."""
    backbone = dict(type='ResNet3dSlowFast', pretrained=None)
    with pytest.raises(ValueError, match='ResNet3dSlowFast .* two pathways'):
        host(backbone, 256, 2048, 4)


def test_wrong_channels_of_the_head_name_the_right_number():
    backbone, channels, spatial, frames = HOSTS_3D['R3D']
    model = host(backbone, channels, spatial, frames - 1)
    # 64 of the last map and 32 // 4 * (8 - 1) of the shifts.
    for step in (
        lambda: one_step(model, (1, 3, 8, 32, 32), (1, 3, 8, 32, 32)),
        lambda: model.eval().test_step(batch((1, 3, 8, 32, 32))),
    ):
        with pytest.raises(
            ValueError, match='I3DHead: in_channels=112, .* set in_channels=120'
        ):
            step()


@pytest.mark.parametrize(
    'head, message',
    [
        (
            dict(type='TSMHead', num_segments=4),
            r'TSMHead: num_segments=4 .* num_segments=1',
        ),
        (dict(type='TSMHead'), r'TSMHead: num_segments=8 .* num_segments=1'),
        (dict(type='TRNHead', num_segments=4), 'TRNHead .* choose TSNHead'),
        (dict(type='SlowFastHead'), 'SlowFastHead .* choose I3DHead'),
    ],
)
def test_heads_that_do_not_fit_are_refused(head, message):
    backbone, channels, spatial, _ = HOSTS_2D['TSN']
    with pytest.raises(ValueError, match=message):
        host(backbone, channels, spatial, 4, segments=4, head=head)


def test_a_checked_model_can_be_copied_and_pickled():
    backbone, channels, spatial, frames = HOSTS_3D['R3D']
    model = host(backbone, channels, spatial, frames).eval()
    feature = torch.rand(1, 120, 1, 1, 1)
    for other in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        torch.testing.assert_close(other.cls_head(feature), model.cls_head(feature))
        with pytest.raises(ValueError, match='set in_channels=119'):
            other.cls_head(feature[:, 1:])


def test_a_detector_is_refused():
    """A detector passes the neck's dict of losses on as a map."""
    detector = torch.nn.Module()
    detector.neck = KPSEM(8)
    with pytest.raises(TypeError, match='KPSEM is a neck of recognizers'):
        check_parts(detector)
