"""FrameSelectionNeck: which loss it returns, which mean it takes."""

import pytest
import torch
from mmaction.registry import MODELS

from mmvkp.afnet.neck import FrameSelectionNeck

RATIO = dict(type='SelectionRatioLoss', target_ratio=0.5)


def build(**kwargs):
    """A neck of two frames per view."""
    return MODELS.build(dict(dict(type='FrameSelectionNeck', num_segments=2), **kwargs))


def maps_and_masks(frames=2):
    """One channel whose frames hold 1, 2, 3, ..., and two masks."""
    x = torch.arange(1.0, frames + 1).view(1, 1, frames, 1, 1)
    masks = torch.zeros(3, 2, frames)
    masks[:, 0] = 1
    masks[0, 1, 0] = 1
    return x.expand(3, 1, frames, 4, 5), masks


def test_losses_by_hand():
    """Shares 1 and 1/6 around 0.5: (0.25 + 1/9) with lambda 0.5 / 2."""
    feature, losses = build(ratio_loss=RATIO).train()(maps_and_masks())
    assert set(losses) == {'loss_ratio', 'kept_ratio', 'kept_ratio_0', 'kept_ratio_1'}
    torch.testing.assert_close(
        losses['loss_ratio'], torch.tensor(0.25 * (0.25 + 1 / 9))
    )
    torch.testing.assert_close(losses['kept_ratio'], torch.tensor(7 / 12))
    torch.testing.assert_close(losses['kept_ratio_1'], torch.tensor(1 / 6))
    assert feature.shape == (3, 1, 1, 4, 5) and feature.eq(1.5).all()


def test_only_losses_have_loss_in_their_names():
    """MMEngine adds up everything that has."""
    _, losses = build().train()(maps_and_masks())
    assert not [name for name in losses if 'loss' in name]


def test_no_losses_in_eval():
    assert build(ratio_loss=RATIO).eval()(maps_and_masks())[1] == {}


def test_blocks_need_not_be_logged():
    losses = build(log_blocks=False).train()(maps_and_masks())[1]
    assert set(losses) == {'kept_ratio'}


def test_views_stay_separate():
    feature, _ = build().eval()(maps_and_masks(6))
    assert feature.shape == (9, 1, 1, 4, 5)
    assert feature[:, 0, 0, 0, 0].tolist() == [1.5, 3.5, 5.5] * 3


def test_the_last_map_is_averaged():
    x, masks = maps_and_masks()
    feature, _ = build().eval()([10 * x[..., :2, :2], x, masks])
    assert feature.eq(1.5).all() and feature.shape[-2:] == (4, 5)


def test_masks_of_regions_have_their_own_loss():
    """All of 4 cells but one kept, target 0.25: 0.5 * 0.5^2, one block."""
    x, masks = maps_and_masks()
    regions = torch.ones(3, 2, 2, 2, 2)
    regions[..., 0, 0] = 0
    neck = build(spatial_loss=dict(RATIO, target_ratio=0.25), log_blocks=False)
    feature, losses = neck.train()([x, regions, masks])
    assert set(losses) == {'kept_ratio', 'loss_region_ratio', 'kept_region_ratio'}
    torch.testing.assert_close(losses['loss_region_ratio'], torch.tensor(0.125))
    assert losses['kept_region_ratio'] == 0.75
    assert feature.eq(1.5).all()


def test_fixed_regions_have_no_loss():
    x, masks = maps_and_masks()
    regions = torch.zeros(3, 2, 2, 4, 4)
    neck = build(with_regions=True, log_blocks=False).train()
    feature, losses = neck([x, regions, masks])
    assert set(losses) == {'kept_ratio', 'kept_region_ratio'}
    assert feature.eq(1.5).all()


def test_another_neck_inside():
    """KPSEM gets the maps and nothing else."""
    kpsem = dict(type='KPSEM', in_channels=8, num_sets=2, num_segments=4)
    neck = build(num_segments=4, neck=kpsem, ratio_loss=RATIO).train()
    maps = [torch.randn(2, 8, 8, 6, 6), torch.randn(2, 16, 8, 3, 3)]
    masks = torch.ones(2, 3, 8)
    feature, losses = neck([*maps, masks])
    assert feature.shape == (4, 16 + 8 // 4 * 3, 1, 1, 1)
    torch.testing.assert_close(feature, neck.neck(maps)[0])
    assert 'loss_ratio' in losses


def test_what_an_inner_neck_returns_is_passed_on():

    class Inner(torch.nn.Module):
        def __init__(self, name):
            super().__init__()
            self.name = name

        def forward(self, maps, data_samples=None):
            return maps[-1].mean(2, True), {self.name: data_samples}

    neck = build(ratio_loss=RATIO).train()
    neck.neck = Inner('loss_inner')
    assert neck(maps_and_masks(), data_samples=7)[1]['loss_inner'] == 7
    neck.neck = Inner('loss_ratio')
    with pytest.raises(KeyError, match="'loss_ratio'"):
        neck(maps_and_masks())


@pytest.mark.parametrize(
    'kwargs, error, message',
    [
        (dict(num_segments=0), ValueError, 'num_segments=0'),
        (dict(num_segments=None), TypeError, 'num_segments=None'),
        (dict(num_segments=2, log_blocks='no'), TypeError, "log_blocks='no'"),
        (dict(num_segments=2, neck=17), TypeError, 'neck=17 is not a config'),
        (dict(num_segments=2, ratio_loss={}), TypeError, 'ratio_loss={} is not a'),
        (
            dict(num_segments=2, neck=dict(type='abc')),
            TypeError,
            'neck=.* cannot be built',
        ),
        (dict(num_segments=2, with_regions=1), TypeError, 'with_regions=1'),
    ],
)
def test_bad_arguments(kwargs, error, message):
    with pytest.raises(error, match=message):
        FrameSelectionNeck(**kwargs)


def test_bad_inputs():
    x, masks = maps_and_masks()
    neck = build()
    for wrong in ([x, x], [masks], x):
        with pytest.raises(ValueError, match='output of the backbone must be masks'):
            neck(wrong)
    with pytest.raises(ValueError, match='a map has shape'):
        neck([masks, masks])
    with pytest.raises(ValueError, match='T=3 cannot be split'):
        neck(maps_and_masks(3))
    neck = build(spatial_loss=RATIO)
    with pytest.raises(ValueError, match='masks of regions .* are needed'):
        neck([x, x, masks])


def test_masks_of_regions_are_not_taken_for_a_map():
    x, masks = maps_and_masks()
    regions = torch.ones(3, masks.shape[1], masks.shape[2], 2, 2)
    with pytest.raises(ValueError, match='backbone returns masks of regions'):
        build()([x, regions, masks])
    feature, _ = build(with_regions=True).eval()([x, regions, masks])
    assert feature.eq(1.5).all()


@pytest.mark.parametrize(
    'head, message',
    [
        (dict(type='TSMHead', num_segments=4), 'TSMHead: num_segments=4 regroups'),
        (dict(type='TRNHead', num_segments=4), 'choose TSNHead'),
    ],
)
def test_heads_that_regroup_frames(head, message):
    model = torch.nn.Module()
    model.cls_head = MODELS.build(dict(head, num_classes=3, in_channels=8))
    with pytest.raises(ValueError, match=message):
        build().check_model(model)
    model.cls_head = MODELS.build(
        dict(type='TSMHead', num_segments=1, num_classes=3, in_channels=8)
    )
    build().check_model(model)
