"""Decisions about regions, worked out by hand."""

import pytest
import torch

from mmvkp.afnet.spatial_selection import FixedRegions, SpatialNavigationModule

from .af_networks import small_resnet


def test_a_cell_is_decided_by_its_own_part_of_the_map():
    """The centre tap passes the map on; the right half is -1 after it."""
    module = SpatialNavigationModule(1, grid=2).eval()
    with torch.no_grad():
        module.conv.weight.zero_()
        module.conv.weight[:, 0, 1, 1] = 1.0
        module.mix.weight.zero_()
        module.mix.weight[0, 0] = 20.0
    x = torch.ones(1, 1, 4, 4)
    x[..., 2:] = -1
    # Left 20 + 1 against 10, right, after the ReLU, 1 against 10.
    assert module(x).tolist() == [[[0.0, 1.0], [0.0, 1.0]]]


def test_training_starts_with_nearly_every_cell():
    torch.manual_seed(0)
    module = SpatialNavigationModule(32).train()
    mask = module(torch.randn(50, 32, 14, 14))
    assert mask.shape == (50, 7, 7) and mask.mean() > 0.98


def test_gradient_reaches_the_convolutions():
    torch.manual_seed(0)
    module = SpatialNavigationModule(4, grid=3).train()
    with torch.no_grad():
        module.mix.bias.zero_()
    mask = module(torch.randn(8, 4, 6, 6))
    assert set(mask.flatten().tolist()) == {0.0, 1.0}
    mask.sum().backward()
    for name, each in module.named_parameters():
        assert each.grad.isfinite().all() and each.grad.any(), name


def test_broken_logits_give_nan():
    module = SpatialNavigationModule(1, grid=1).eval()
    assert module(torch.full((2, 1, 3, 3), float('nan'))).isnan().all()


@pytest.mark.parametrize(
    'ratio, cells',
    [(1 / 9, [(1, 1)]), (5 / 9, [(0, 1), (1, 0), (1, 1), (1, 2), (2, 1)])],
)
def test_center_cells(ratio, cells):
    mask = FixedRegions(3, 'center', ratio)(torch.zeros(2, 1, 1, 1))
    assert mask[0].nonzero().tolist() == [list(each) for each in cells]
    assert torch.equal(mask[0], mask[1])


def test_random_cells_differ_between_frames():
    torch.manual_seed(0)
    mask = FixedRegions(7, 'random', 0.4)(torch.zeros(50, 1, 1, 1))
    assert (mask.sum((1, 2)) == round(0.4 * 49)).all()
    assert len({tuple(each.flatten().tolist()) for each in mask}) > 40


def test_the_initial_bias_reaches_the_regions():
    model = small_resnet(selection_cfg=dict(keep_bias=3.0), spatial_cfg=dict(grid=2))
    for built in range(2):
        for stage in (model.layer1, model.layer2):
            for module in stage.regions:
                assert module.mix.bias.tolist() == [1.0, 3.0]
        model.init_weights()
